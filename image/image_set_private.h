/* SPDX-License-Identifier: Apache-2.0 */
/* How a reference becomes images:
 *
 *   image_set ─▶ image_layout (index.json, tags) ─▶ image_index (nested indexes, platforms)
 *       │                                                └▶ image_manifest ─▶ image_config
 *       └─▶ image_docker_archive (manifest.json) ────────────────────────────────┘
 */
#ifndef WAYBILL_IMAGE_SET_PRIVATE_H
#define WAYBILL_IMAGE_SET_PRIVATE_H

#include "image/store_private.h"

struct wb_image_set {
    struct wb_arena *arena; /* everything that the images consist of */
    struct wb_store *store; /* NULL for dir: */
    struct wb_image **images;
    size_t count, capacity;
};

/* As wb_image_set_open, in a store of the caller's; takes the store even on failure. */
struct wb_image_set *wb_image_set_open_store(struct wb_store *store,
                                             const struct wb_reference *reference,
                                             const struct wb_image_options *options,
                                             struct wb_error *err);
/* A new image in the set's arena, of `layer_count` layers that lie nowhere yet. It joins the set
 * with wb_image_set_add. */
struct wb_image *wb_image_new(struct wb_image_set *set, size_t layer_count);
void wb_image_set_add(struct wb_image_set *set, struct wb_image *image);

/* ---- platform.c ---- */

/* The members os, architecture and variant of an index's platform object or of a config. */
bool wb_platform_read(const json_t *object, struct wb_platform *platform,
                      struct wb_error *err) WB_MUST_CHECK;
/* Whether both are the same one, as containerd normalises them. */
bool wb_platform_equal(const struct wb_platform *a, const struct wb_platform *b);
/* Marks in `chosen` which of `count` offers to take: all of them, or the best one for the wanted
 * platform (the host's when none was asked for). Errors list what is there. (image_index.c) */
bool wb_platform_choose(const struct wb_platform *offers, size_t count,
                        const struct wb_image_options *options, bool *chosen,
                        struct wb_error *err) WB_MUST_CHECK;

/* ---- image_name.c ---- */

struct wb_image_name {
    const char *repository; /* NULL unknown */
    const char *tag;        /* NULL unknown */
};
/* Splits `[registry[:port]/]path[:tag][@digest]`. */
struct wb_image_name wb_image_name_split(struct wb_arena *arena, const char *text);
/* Sets reference, repository, tag and name of the description; what `name` does not know comes from
 * the reference's path. */
void wb_image_name_apply(struct wb_image *image, const struct wb_reference *reference,
                         const struct wb_image_name *name);

/* ---- image_descriptor.c ---- */

enum wb_document_kind {
    WB_DOCUMENT_UNSTATED, /* the descriptor has no media type */
    WB_DOCUMENT_INDEX,
    WB_DOCUMENT_MANIFEST,
    WB_DOCUMENT_SCHEMA1,
    WB_DOCUMENT_OTHER,
};

/* OCI image-spec 1.1, descriptor.md. Strings are in an arena. */
struct wb_image_descriptor {
    enum wb_document_kind kind;
    const char *media_type; /* NULL when not stated */
    const char *digest;
    struct wb_digest parsed_digest;
    int64_t size;
    bool has_platform;
    struct wb_platform platform;
    const char *reference_name; /* org.opencontainers.image.ref.name; NULL */
    const char *image_name;     /* io.containerd.image.name; NULL */
    bool is_image;              /* false: an attestation, a signature or another artifact */
    const char *index_digest;   /* of the outermost index above it; NULL */
};
struct wb_image_descriptors {
    struct wb_image_descriptor *items;
    size_t count, capacity;
};
void wb_image_descriptors_clear(struct wb_image_descriptors *descriptors);

bool wb_image_descriptor_read(const json_t *json, struct wb_arena *arena,
                              struct wb_image_descriptor *descriptor,
                              struct wb_error *err) WB_MUST_CHECK;
/* Reads the blob, checks its size and digest, and parses it. NULL on error. */
json_t *wb_image_descriptor_load(struct wb_store *store,
                                 const struct wb_image_descriptor *descriptor, size_t limit,
                                 struct wb_error *err);
/* As wb_image_descriptor_load for an index or a manifest; finds out the kind where it was not
 * stated, and refuses a document that is not what the descriptor says, or could be taken for
 * several kinds. */
json_t *wb_image_descriptor_load_document(struct wb_store *store,
                                          struct wb_image_descriptor *descriptor,
                                          struct wb_error *err);
bool wb_document_schema_version(const json_t *document, struct wb_error *err) WB_MUST_CHECK;

/* ---- image_layout.c, image_index.c, image_manifest.c, image_config.c ---- */

/* Checks `oci-layout` and gives `index.json`, whose `manifests` is an array. NULL on error. */
json_t *wb_layout_index_load(struct wb_store *store, struct wb_error *err);
/* Whether an entry of this name (NULL: none) has the tag: as the whole name, or, without `whole`,
 * behind the last colon of a reference. */
bool wb_layout_tag_matches(const char *name, const char *tag, bool whole);
/* Adds the images of an OCI layout that the reference and the options mean. */
bool wb_image_layout_open(struct wb_image_set *set, const struct wb_reference *reference,
                          const struct wb_image_options *options,
                          struct wb_error *err) WB_MUST_CHECK;

/* Appends all manifests, and the indexes, that the index `root` lists, at any depth, each once. */
bool wb_index_expand(struct wb_store *store, struct wb_arena *arena,
                     const struct wb_image_descriptor *root, struct wb_image_descriptors *found,
                     struct wb_error *err) WB_MUST_CHECK;

/* What the config of a manifest says its platform is. *is_image is false when the config is not
 * that of an image. */
bool wb_manifest_platform(struct wb_image_set *set, const struct wb_image_descriptor *descriptor,
                          struct wb_platform *platform, bool *is_image,
                          struct wb_error *err) WB_MUST_CHECK;
/* Reads manifest and config, and finds all layers. */
struct wb_image *wb_manifest_open(struct wb_image_set *set,
                                  const struct wb_image_descriptor *descriptor,
                                  struct wb_error *err);

/* Takes platform, time, author and labels from a config (OCI image-spec 1.1, config.md). */
bool wb_config_describe(struct wb_image_set *set, struct wb_image *image, const json_t *config,
                        struct wb_error *err) WB_MUST_CHECK;
/* Gives each layer its diffID and its line of the history. The layers' digests, where there are
 * any, must be in place: errors name the layer. */
bool wb_config_layers(struct wb_image_set *set, struct wb_image *image, const json_t *config,
                      struct wb_error *err) WB_MUST_CHECK;
/* The members of an object of strings, sorted by name. */
bool wb_name_values_read(struct wb_arena *arena, const json_t *object, const char *what,
                         struct wb_name_value **values, size_t *count,
                         struct wb_error *err) WB_MUST_CHECK;
/* A layer that was read before its diffID was known. */
bool wb_layer_check_record(const struct wb_layer_place *place, struct wb_error *err) WB_MUST_CHECK;

/* ---- image_docker_archive.c ---- */

bool wb_docker_archive_open(struct wb_image_set *set, const struct wb_reference *reference,
                            const struct wb_image_options *options,
                            struct wb_error *err) WB_MUST_CHECK;

#endif
