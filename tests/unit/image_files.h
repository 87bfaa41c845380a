/* SPDX-License-Identifier: Apache-2.0 */
/* Layouts and docker archives made in memory, file by file, and the ways to open them: for the
 * tests that go from references to images. */
#ifndef WAYBILL_TEST_IMAGE_FILES_H
#define WAYBILL_TEST_IMAGE_FILES_H

#include "image/image_set_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define INDEX_TYPE "application/vnd.oci.image.index.v1+json"
#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define CONFIG_TYPE "application/vnd.oci.image.config.v1+json"
#define LAYER_TYPE "application/vnd.oci.image.layer.v1.tar"

/* ---- making stores ---- */

struct file {
    char *name;
    char *link; /* NULL for a file */
    bool hard;
    struct wb_buffer data;
};
struct files {
    struct file items[64];
    size_t count;
};
void files_clear(struct files *files);
void put_text(struct files *files, const char *name, const char *text);
void put_link(struct files *files, const char *name, const char *target, bool hard);
/* A blob of the layout; `digest` has room for WB_DIGEST_TEXT_SIZE. */
void put_blob(struct files *files, const void *data, size_t size, char *digest);

struct made {
    char manifest[WB_DIGEST_TEXT_SIZE], config[WB_DIGEST_TEXT_SIZE];
    char layers[3][WB_DIGEST_TEXT_SIZE];
    size_t manifest_size;
};
/* An image of two layers without entries, told apart by their sizes. `layer_extra` goes into the
 * second layer's descriptor. The layers are the first two files, then config and manifest. */
struct made put_image(struct files *files, const char *architecture, const char *extra_config,
                      const char *layer_extra);
/* `entries` are descriptors. */
void put_layout(struct files *files, const char *entries);
char *descriptor(const char *type, const char *digest, size_t size, const char *extra);
/* The descriptor of an image with a tag. */
char *tagged(const struct made *made, const char *tag);
/* An image tagged v1, alone in a layout. */
struct made put_tagged_image(struct files *files);

void make_tar(const struct files *files, struct wb_buffer *tar);
void write_file(const char *path, const void *data, size_t size);
void write_layout(const struct files *files, const char *folder);
void remove_layout(const struct files *files, const char *folder);

/* ---- opening them ---- */

/* At most `step` bytes at a time. */
struct wb_image_set *open_tar_stream(const struct wb_buffer *tar, size_t step,
                                     const struct wb_image_options *options, struct wb_error *err);
struct wb_image_set *open_reference(const char *transport, const char *path, const char *tag,
                                    const struct wb_image_options *options, struct wb_error *err);
/* Opens the files as a stream, which is the shortest way to a set. */
struct wb_image_set *open_files(const struct files *files, const struct wb_image_options *options,
                                struct wb_error *err);
/* WB_BAD_INPUT, and the message says it. */
void assert_message(const struct wb_error *err, const char *text);
/* All layers can be read, and have no entries. */
void assert_layers_read(struct wb_image *image, size_t count);

#endif
