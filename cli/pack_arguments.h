/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `waybill pack`. (pack_arguments.c) */
#ifndef WAYBILL_CLI_PACK_ARGUMENTS_H
#define WAYBILL_CLI_PACK_ARGUMENTS_H

#include "cli/registries.h"
#include "cli/signing.h"
#include "delivery/delivery.h"

struct wb_pack_arguments {
    struct wb_signing_options signing;
    struct wb_registry_arguments registry;
    char *output; /* -o */
    char *name;
    char *sequence;
    char *expires;
    char *volumes;
    char *since;
    char **since_keys;
    char *policy;
    char *trust;
    char **file_texts; /* PATH[=NAME] */
    struct wb_pack_image *images;
    size_t image_count, image_capacity;
    struct wb_pack_file *files;
    size_t file_count, file_capacity;
    struct wb_arena *arena;
};

/* Reads the options, the images and the files. */
bool wb_pack_arguments_parse(int argc, const char **argv, const char *examples,
                             struct wb_pack_arguments *arguments, bool *helped,
                             struct wb_error *err) WB_MUST_CHECK;
/* What they mean for the packer; points into the arguments. */
bool wb_pack_arguments_apply(const struct wb_pack_arguments *arguments,
                             struct wb_pack_options *options, struct wb_error *err) WB_MUST_CHECK;
void wb_pack_arguments_clear(struct wb_pack_arguments *arguments);

#endif
