/* SPDX-License-Identifier: Apache-2.0 */
/* Attaching to an image what was made elsewhere: each refuses what is not of the image. */
#ifndef WAYBILL_CLI_ATTACHING_H
#define WAYBILL_CLI_ATTACHING_H

#include "cli/registries.h"
#include "cli/signing.h"
#include "sign/attachments.h"
#include "sign/sign.h"

/* As given on the command line. */
struct wb_attach_arguments {
    struct wb_registry_arguments registry;
    char *signature;
    char *payload;
    char *certificate;
    char *certificate_chain;
    char *attestation;
    char *sbom;
    char *type;
    char *timestamp;
    char *what;
    char *reference;
};

struct wb_attaching {
    const struct wb_attach_arguments *arguments;
    struct wb_layout *layout; /* open for writing; the caller commits */
    const struct wb_descriptor *target;
    int64_t created;
};

/* ---- attach_files.c ---- */
bool wb_attach_signature_file(struct wb_attaching *attaching, struct wb_error *err) WB_MUST_CHECK;
bool wb_attach_attestation_file(struct wb_attaching *attaching, struct wb_error *err) WB_MUST_CHECK;
bool wb_attach_sbom_file(struct wb_attaching *attaching, struct wb_error *err) WB_MUST_CHECK;

/* ---- attach_timestamp.c ---- */

/* To every bundle and layer whose signature the response is of; there must be one. */
bool wb_attach_timestamp_file(struct wb_attaching *attaching, struct wb_error *err) WB_MUST_CHECK;

#endif
