/* SPDX-License-Identifier: Apache-2.0 */
/* `-o FORMAT[=FILE]`: which documents go where; all of them appear, or none. (outputs.c) */
#ifndef WAYBILL_OUTPUTS_H
#define WAYBILL_OUTPUTS_H

#include "formats/formats.h"
#include "image/image.h"

/* What a command writes beside SBOMs, under names of its own, which go before those of SBOMs. */
struct wb_other_outputs {
    const char *const *names; /* NULL at the end */
    void (*write)(void *context, size_t name, struct wb_output *output);
    void *context;
};

struct wb_output_choice {
    const struct wb_format *format; /* NULL: of the others */
    size_t other;                   /* index in their names */
    const char *version;            /* of the specification; NULL: the format's default */
    char *path;                     /* `-` for standard output */
};

struct wb_outputs {
    const struct wb_other_outputs *others; /* NULL: none */
    struct wb_output_choice *choices;
    size_t choice_count, choice_capacity;
    bool several_images;
    /* Written and flushed, waiting to be renamed into place. */
    struct wb_output **pending;
    char **pending_paths;
    size_t pending_count, pending_capacity, path_count, path_capacity;
};

/* Prints what FORMAT may be, for --help. */
void wb_outputs_help(void);
/* Adds `FORMAT` or `FORMAT=FILE`; FORMAT may be `NAME@VERSION`. */
bool wb_outputs_add(struct wb_outputs *outputs, const char *text,
                    struct wb_error *err) WB_MUST_CHECK;
/* Checks the choices against each other; `several_images` gives each platform files of its own:
 * `{platform}` in FILE is replaced, or the platform is put before its first extension. */
bool wb_outputs_check(struct wb_outputs *outputs, bool several_images,
                      struct wb_error *err) WB_MUST_CHECK;
/* Writes all documents of one image to their temporary files. */
bool wb_outputs_write(struct wb_outputs *outputs, const struct wb_bom *bom,
                      struct wb_error *err) WB_MUST_CHECK;
/* Puts everything written into place. */
bool wb_outputs_commit(struct wb_outputs *outputs, struct wb_error *err) WB_MUST_CHECK;
void wb_outputs_clear(struct wb_outputs *outputs);

/* Takes the values of a repeated `-o`, of which there must be one, and checks them. `command` is
 * for the message: "waybill merge". */
bool wb_outputs_choose(struct wb_outputs *outputs, char *const *texts, const char *command,
                       struct wb_error *err) WB_MUST_CHECK;

#endif
