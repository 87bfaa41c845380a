/* SPDX-License-Identifier: Apache-2.0 */
/* How the commands that name images ask registries. (registries.c) */
#ifndef WAYBILL_CLI_REGISTRIES_H
#define WAYBILL_CLI_REGISTRIES_H

#include "cli/cli.h"
#include "image/image.h"

/* As given on the command line; strings are popt's. */
struct wb_registry_arguments {
    int allow_http;
    int allow_insecure;
    char *certificates;
};
/* Rows for a popt table. */
/* clang-format off */
#define WB_REGISTRY_OPTIONS(arguments)                                                             \
    {"allow-http-registry", 0, POPT_ARG_NONE, &(arguments)->allow_http, 0,                         \
     "docker://: ask without TLS where the host has none (loopback hosts always are)", NULL},      \
    {"allow-insecure-registry", 0, POPT_ARG_NONE, &(arguments)->allow_insecure, 0,                 \
     "docker://: do not check the registry's certificate", NULL},                                  \
    {"registry-cacert", 0, POPT_ARG_STRING, &(arguments)->certificates, 0,                         \
     "docker://: trust these certificates too (PEM)", "FILE"}
/* clang-format on */
void wb_registry_arguments_clear(struct wb_registry_arguments *arguments);

/* As wb_reference_parse; a registry is asked as `arguments`, which must outlive the reference,
 * say. */
bool wb_image_reference(const char *text, const struct wb_registry_arguments *arguments,
                        struct wb_reference *reference, struct wb_error *err) WB_MUST_CHECK;

#endif
