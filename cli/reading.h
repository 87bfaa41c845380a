/* SPDX-License-Identifier: Apache-2.0 */
/* How the commands that look into images read them. (reading.c) */
#ifndef WAYBILL_CLI_READING_H
#define WAYBILL_CLI_READING_H

#include "cli/registries.h"
#include "sbom/sbom.h"

/* As given on the command line; strings are popt's. */
struct wb_reading_options {
    char *platform;
    char *files;
    char *cache_directory;
    char *max_layer_size;
    char *digests;
    char *package_digests;
    int all_platforms;
    int threads;
    int quiet;
    struct wb_registry_arguments registry;
};
/* Rows for a popt table. */
/* clang-format off */
#define WB_PLATFORM_OPTION(options)                                                                \
    {"platform", 0, POPT_ARG_STRING, &(options)->platform, 0,                                      \
     "choose this image of an index (default: this machine's)", "OS/ARCH[/VARIANT]"}
#define WB_FILES_OPTION(options, what)                                                             \
    {"files", 0, POPT_ARG_STRING, &(options)->files, 0, what, "none|unowned|all"}
#define WB_READING_OPTIONS(options)                                                                \
    WB_PLATFORM_OPTION(options),                                                                   \
    WB_REGISTRY_OPTIONS(&(options)->registry),                                                     \
    {"all-platforms", 0, POPT_ARG_NONE, &(options)->all_platforms, 0,                              \
     "every image of an index, with documents of its own; `{platform}` in FILE names it", NULL},   \
    {"max-layer-size", 0, POPT_ARG_STRING, &(options)->max_layer_size, 0,                          \
     "refuse a layer that unpacks to more (default: 64G)", "SIZE[K|M|G|T]"},                       \
    {"threads", 0, POPT_ARG_INT, &(options)->threads, 0,                                           \
     "how many layers to read at the same time (default: one for each processor)", "N"}
#define WB_DIGEST_OPTIONS(options)                                                                 \
    {"digests", 0, POPT_ARG_STRING, &(options)->digests, 0,                                        \
     "digests of files beside SHA-256 and SHA-1, in the same reading", "sha512"},                  \
    {"package-digests", 0, POPT_ARG_STRING, &(options)->package_digests, 0,                        \
     "digests of the files that packages came in, as `sha512sum *.deb` writes them", "FILE"}
/* clang-format on */
void wb_reading_options_clear(struct wb_reading_options *options);

/* What IMAGE may be, for --help: begins at the start of a line and ends without a newline. */
#define WB_READING_HELP                                                                            \
    "IMAGE is oci:DIR[:TAG|@DIGEST], oci-archive:FILE[:TAG|@DIGEST],\n"                            \
    "docker-archive:FILE[:NAME:TAG], docker://HOST[:PORT]/NAME[:TAG|@DIGEST],\n"                   \
    "dir:ROOTFS, a path, or - for an archive on standard input."

/* One image, or all of an index, on the way to documents. Start with `{0}`. */
struct wb_reading {
    struct wb_sbom_options sbom;
    struct wb_image_set *set; /* NULL until it is open */
    struct wb_platform platform;
    struct wb_progress progress;
    struct wb_buffer package_digests;
    bool has_platform, all_platforms, quiet;
};
/* Interprets the options, which must outlive the reading, and opens nothing. What is not an option
 * of reading (sources, parties, an audit) may be set in `reading->sbom` afterwards. `reading` must
 * stay where it is until the documents are made. */
bool wb_reading_prepare(const struct wb_reading_options *options, struct wb_reading *reading,
                        struct wb_error *err) WB_MUST_CHECK;
bool wb_reading_open(struct wb_reading *reading, const struct wb_reference *reference,
                     struct wb_error *err) WB_MUST_CHECK;
/* The document of one image of the set, on which it lives. */
struct wb_bom *wb_reading_document(struct wb_reading *reading, size_t image, struct wb_error *err);
/* Makes the document of each image in turn and hands it on; false ends it. Of several images errors
 * begin with the platform. */
typedef bool wb_reading_visitor(void *context, const struct wb_bom *bom, struct wb_error *err);
bool wb_reading_visit(struct wb_reading *reading, wb_reading_visitor *visit, void *context,
                      struct wb_error *err) WB_MUST_CHECK;
void wb_reading_clear(struct wb_reading *reading);

/* The warnings among the document's findings, on standard error. */
void wb_reading_say_warnings(const struct wb_bom *bom);

#endif
