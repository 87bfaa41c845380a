/* SPDX-License-Identifier: Apache-2.0 */
/* Container images: where they lie, what they are made of, what is in their layers, and the file
 * system that the layers make together. Nothing here unpacks to disk. */
#ifndef WAYBILL_IMAGE_H
#define WAYBILL_IMAGE_H

#include "base/base.h"

/* ---- references (reference.c) ----------------------------------------------------------- */

enum wb_transport {
    WB_TRANSPORT_OCI,            /* oci:DIR[:TAG|@DIGEST] */
    WB_TRANSPORT_OCI_ARCHIVE,    /* oci-archive:FILE[:TAG|@DIGEST] */
    WB_TRANSPORT_DOCKER_ARCHIVE, /* docker-archive:FILE[:NAME:TAG] */
    WB_TRANSPORT_DIRECTORY,      /* dir:ROOTFS */
    WB_TRANSPORT_STREAM,         /* - : an archive of either kind on standard input */
    WB_TRANSPORT_REGISTRY,       /* docker://HOST[:PORT]/NAME[:TAG|@DIGEST] */
};

/* How a registry is asked. Strings belong to whoever sets them. What a login or the administrator
 * left (containers-auth.json(5), containers-certs.d(5)) is heeded besides. */
struct wb_registry_options {
    bool allow_http;          /* where the host does not speak TLS; loopback hosts always may */
    bool allow_insecure;      /* certificates are not checked */
    const char *certificates; /* path of PEM certificates that are trusted too; NULL */
};

/* containers-transports(5). Strings are owned; clear with wb_reference_clear. */
struct wb_reference {
    enum wb_transport transport;
    char *text;   /* as the user wrote it */
    char *path;   /* NULL for WB_TRANSPORT_STREAM; HOST[:PORT]/NAME for WB_TRANSPORT_REGISTRY */
    char *tag;    /* TAG, or NAME:TAG for docker-archive; NULL when not given */
    char *digest; /* `sha256:...`; NULL when not given */
    struct wb_registry_options registry; /* none, until the caller sets them */
};
/* A bare path is looked at: a directory with `oci-layout` is oci, another directory is dir; a file
 * is oci-archive when its archive has `oci-layout`, otherwise docker-archive. Errors: WB_USAGE
 * for a malformed reference or a transport that is not one of ours (named in the message),
 * WB_BAD_INPUT / WB_SYSTEM for a path that cannot be looked at. */
bool wb_reference_parse(const char *text, struct wb_reference *reference,
                        struct wb_error *err) WB_MUST_CHECK;
void wb_reference_clear(struct wb_reference *reference);

/* ---- platforms (platform.c) --------------------------------------------------------------- */

/* `os/arch[/variant]`, Go's names (OCI image-spec 1.1, image-index.md "platform"). Empty string
 * means not stated. */
struct wb_platform {
    char os[32];
    char architecture[32];
    char variant[32];
};
bool wb_platform_parse(const char *text, struct wb_platform *platform,
                       struct wb_error *err) WB_MUST_CHECK;
struct wb_platform wb_platform_host(void);
/* Whether `offered` serves `wanted`: variants as containerd normalises them (arm64 = arm64/v8,
 * arm = arm/v7); a wanted variant that is empty accepts any. */
bool wb_platform_matches(const struct wb_platform *wanted, const struct wb_platform *offered);
/* "linux/arm64/v8" */
char *wb_platform_format(const struct wb_platform *platform, char text[100]);

/* ---- layers as read (layer_*.c) ------------------------------------------------------------- */

enum wb_entry_kind {
    WB_ENTRY_REGULAR,
    WB_ENTRY_DIRECTORY,
    WB_ENTRY_SYMLINK,
    WB_ENTRY_HARDLINK, /* link_target is the path, inside the root, of an entry of this layer or
                          below */
    WB_ENTRY_CHARACTER_DEVICE,
    WB_ENTRY_BLOCK_DEVICE,
    WB_ENTRY_FIFO,
    WB_ENTRY_WHITEOUT, /* path is what it deletes (OCI image-spec 1.1, layer.md "Whiteouts") */
    WB_ENTRY_OPAQUE,   /* path is the directory whose lower content it hides */
};

/* Which digests of each regular file's content to compute. */
enum wb_file_digests {
    WB_FILE_SHA256 = 1,
    WB_FILE_SHA1 = 2,
    WB_FILE_MD5 = 4,
    WB_FILE_SHA512 = 8,
};

struct wb_file_hashes {
    unsigned present; /* enum wb_file_digests */
    uint8_t sha256[32];
    uint8_t sha1[20];
    uint8_t md5[16];
    uint8_t sha512[]; /* 64 bytes with WB_FILE_SHA512, else none */
};
/* How large the struct is with these digests. */
static inline size_t wb_file_hashes_size(unsigned digests)
{
    return sizeof(struct wb_file_hashes) + ((digests & WB_FILE_SHA512) != 0 ? 64 : 0);
}
/* A struct with room for these digests, which it says are present; all bytes zero. */
static inline struct wb_file_hashes *wb_file_hashes_new(struct wb_arena *arena, unsigned digests)
{
    struct wb_file_hashes *hashes =
        (struct wb_file_hashes *)wb_arena_allocate(arena, wb_file_hashes_size(digests));
    hashes->present = digests;
    return hashes;
}

/* One entry of a layer. `path` is relative to the root, without leading or trailing `/`, without
 * `.` and empty components; "" is the root itself. Bytes as in the archive: may not be UTF-8. */
struct wb_entry {
    const char *path;
    const char *link_target; /* symlinks: verbatim; hard links: normalised like path */
    enum wb_entry_kind kind;
    uint32_t mode; /* permission bits with setuid, setgid, sticky: 07777 */
    uint32_t uid;
    uint32_t gid;
    uint32_t device_major;
    uint32_t device_minor;
    uint64_t size; /* logical size: holes of sparse files count */
    int64_t mtime;
    const struct wb_file_hashes
        *hashes;                       /* NULL for what is not a regular file, or none asked for */
    const struct wb_bytes *content;    /* NULL unless kept */
    const struct wb_bytes *capability; /* raw security.capability xattr, or NULL */
};

struct wb_kept_content;
/* How much of a layer is kept at most, and of an image at any time; and how many entries its layers
 * may have in all. */
#define WB_LAYER_KEPT_MAX (UINT64_C(3) << 30)
#define WB_IMAGE_KEPT_MAX (UINT64_C(4) << 30)
#define WB_IMAGE_ENTRIES_MAX 16000000

/* A layer record: what one reading of a layer left. Immutable once made. (layer_record.c) */
struct wb_layer {
    struct wb_digest blob_digest; /* of the bytes as stored; algorithm NONE for dir: */
    struct wb_digest diff_id;     /* of the uncompressed tar; algorithm NONE for dir: */
    uint64_t blob_size;
    uint64_t tar_size;
    struct wb_entry *entries; /* in archive order */
    size_t entry_count;
    struct wb_arena *arena;
    struct wb_kept_content *kept; /* what the entries' content pointers point to */
    uint64_t kept_size;           /* bytes of it that were not released yet */
    void *observation;            /* what wb_file_observer.layer_begin made; NULL */
    void (*observation_free)(void *observation);
    unsigned references; /* how many owners; only wb_layer_share and wb_layer_free touch it */
};
/* One more owner of an immutable record; every owner calls wb_layer_free. Thread safe. */
struct wb_layer *wb_layer_share(struct wb_layer *layer);
/* Frees the kept content of one entry that nobody needs any more (the databases of lower layers are
 * large); does nothing while the record has other owners. */
void wb_layer_release_content(struct wb_layer *layer, const struct wb_entry *entry);
void wb_layer_free(struct wb_layer *layer);
WB_AUTO_DECLARE(wb_layer)

/* Sees the content of regular files as it goes by, without anything being kept: in pieces, in
 * order, file after file of a layer, on one thread for each layer beside the others. */
struct wb_file_observer {
    /* What it keeps of one layer: becomes wb_layer.observation. */
    void *(*layer_begin)(void *context);
    /* What it keeps of one file while it goes by, NULL to pass it over. Called on another thread
     * than the two below, which may still be at an earlier file. `index` is the entry's place in
     * the layer's entries, `entry` is valid during the call. Owned by the layer's keeping until
     * file_end, because a layer that fails has files that never end. */
    void *(*file_begin)(void *layer, const struct wb_entry *entry, size_t index);
    void (*file_piece)(void *layer, void *file, const uint8_t *data, /* NULL: zeros */
                       uint64_t size);
    void (*file_end)(void *layer, void *file);
    void (*layer_free)(void *layer);
    void *context;
};

struct wb_layer_options {
    /* How many bytes of this regular file to keep at most; 0 keeps nothing. A file larger than the
     * answer is an error (WB_BAD_INPUT) naming the path. NULL keeps nothing. Must be pure: layers
     * are read on several threads. */
    size_t (*keep)(const char *path);
    unsigned file_digests;   /* enum wb_file_digests, ored */
    uint64_t max_layer_size; /* uncompressed bytes, holes counted; 0 means the default */
    uint64_t max_entries;    /* 0 means the default */
    unsigned threads;        /* 0 means the number of processors */
    const struct wb_file_observer *observer; /* NULL; with one, no cached record is taken */
    const char *cache_directory;             /* NULL: no cache. Layer records under their digests */
    const char *cache_tag; /* names what else shapes a record: the version of `keep` */
    /* Called from the thread that called wb_image_read_layers, now and then. May be NULL. */
    void (*progress)(void *context, uint64_t bytes_done, uint64_t bytes_total);
    /* A cache entry that was not believed, in one line; may be NULL (called from any thread). */
    void (*notice)(void *context, const char *message);
    void *context;
};
#define WB_DEFAULT_MAX_LAYER_SIZE (UINT64_C(64) << 30)
#define WB_DEFAULT_MAX_ENTRIES UINT64_C(4000000)

/* Where the bytes of a blob come from. read fills up to `size` bytes: how many, 0 at the end, -1
 * with `err` set. */
struct wb_byte_source {
    ssize_t (*read)(void *context, void *data, size_t size, struct wb_error *err);
    void *context;
};

/* Reads one layer blob as a stream: compressed bytes -> digest -> decompressor (by content: gzip,
 * zstd or none) -> diffID -> tar entries -> file digests. Checks what the caller knows:
 * `expected_blob`, `expected_diff_id` (NULL: unknown, only computed) and `expected_size` (-1:
 * unknown). Errors name the byte offset; the caller adds the layer's name in front.
 * (layer_reader.c) */
struct wb_layer *wb_layer_read(const struct wb_byte_source *source,
                               const struct wb_digest *expected_blob,
                               const struct wb_digest *expected_diff_id, int64_t expected_size,
                               const struct wb_layer_options *options, struct wb_error *err);

/* Reads a root file system on disk as one layer record: never follows a symlink, never opens what
 * is not a regular file, stays out of proc, sysfs and other pseudo file systems; entries sorted by
 * path. (layer_directory.c) */
struct wb_layer *wb_layer_read_directory(const char *path, const struct wb_layer_options *options,
                                         struct wb_error *err);

/* ---- images (image_*.c) ------------------------------------------------------------------- */

struct wb_name_value {
    const char *name;
    const char *value;
};

struct wb_string_list {
    const char **items;
    size_t count;
};

/* One step that made the image (OCI image-spec 1.1, config.md "history"). */
struct wb_history_line {
    const char *created_by; /* NULL not stated */
    const char *comment;    /* NULL not stated */
    bool has_created;
    int64_t created;
    int layer; /* the layer it made; -1: none, or the history does not fit the layers */
};

/* How a container of the image is run (OCI image-spec 1.1, config.md "config"). */
struct wb_image_settings {
    const char *user; /* NULL not stated */
    const char *working_directory;
    const char *stop_signal;
    struct wb_string_list environment; /* NAME=VALUE, in order */
    struct wb_string_list entry_point;
    struct wb_string_list command;
    struct wb_string_list exposed_ports; /* `80/tcp`, sorted */
    struct wb_string_list volumes;       /* sorted */
    bool has_health_check;               /* Docker's member, which OCI does not define */
    struct wb_string_list health_check;  /* as Docker writes it: `CMD` or `CMD-SHELL` first */
};

struct wb_layer_descriptor {
    const char *digest;     /* of the blob, `sha256:...`; NULL where the store states none */
    const char *diff_id;    /* from the config's rootfs.diff_ids; NULL for dir: */
    const char *media_type; /* NULL where the store states none */
    int64_t size;           /* stated; -1 unknown */
    const char *created_by; /* the history line that made it; NULL unknown */
};

/* What the manifest and the config say. All strings are UTF-8, owned by the image. */
struct wb_image_description {
    const char *reference;       /* as the user wrote it */
    const char *name;            /* short name for people and purls: repository name, tag's name, or
                                    the base name of the path; never empty */
    const char *tag;             /* NULL unknown */
    const char *repository;      /* repository with its registry, as the store recorded it; NULL */
    const char *manifest_digest; /* NULL where there is no OCI/Docker v2 manifest */
    const char *manifest_media_type; /* NULL likewise */
    int64_t manifest_size;           /* bytes */
    const char *config_digest;       /* the image ID; NULL for dir: */
    const char *index_digest;        /* the image index it was chosen from; NULL */
    struct wb_platform platform;
    bool has_created;
    int64_t created;
    const char *author;
    struct wb_name_value *labels; /* sorted by name */
    size_t label_count;
    struct wb_name_value *annotations; /* of the manifest, sorted by name */
    size_t annotation_count;
    const char *config_media_type; /* NULL where the store states none */
    struct wb_image_settings settings;
    struct wb_history_line *history;
    size_t history_count;
    struct wb_layer_descriptor *layers; /* lowest first */
    size_t layer_count;
};

struct wb_image;
/* The images a reference means: one, or one for each platform of an index. */
struct wb_image_set;

struct wb_image_options {
    const struct wb_platform *platform; /* NULL: the host's */
    bool all_platforms;
    /* Needed at opening time because an archive on standard input is read only once. */
    struct wb_layer_options layer;
};

/* Opens the store, resolves tag, digest and nested indexes (bounded depth and count; cycles
 * refused), chooses the platform, and checks the digest of every manifest, index and config read.
 * Attestation manifests that buildkit adds (`unknown/unknown`) are never chosen. If a single-image
 * reference holds no image for the wanted platform, the error lists what is there; an image that
 * is not in an index and has another platform than the host's is taken unless --platform was given.
 */
struct wb_image_set *wb_image_set_open(const struct wb_reference *reference,
                                       const struct wb_image_options *options,
                                       struct wb_error *err);
void wb_image_set_free(struct wb_image_set *set);
WB_AUTO_DECLARE(wb_image_set)
size_t wb_image_set_count(const struct wb_image_set *set);
struct wb_image *wb_image_set_get(struct wb_image_set *set, size_t index); /* owned by the set */

const struct wb_image_description *wb_image_describe(const struct wb_image *image);

/* Receives the layers one by one, lowest first, each as soon as it and all below it are read; says
 * false with `err` to stop. */
typedef bool wb_layer_visitor(void *context, struct wb_layer *layer, size_t index,
                              struct wb_error *err);

/* Reads all layers, several at once, each once, and hands them to `visit` in the calling thread. On
 * success `(*layers)[i]` belongs to layer i and the caller frees them with wb_layers_free. On any
 * mismatch nothing is returned, and the error reads `layer 3 (sha256:ab12…): ...` (layers are
 * counted from 1, lowest first; of several damaged layers always the lowest is named).
 * (image_layers.c) */
bool wb_image_read_layers(struct wb_image *image, const struct wb_layer_options *options,
                          wb_layer_visitor *visit, void *visit_context, struct wb_layer ***layers,
                          struct wb_error *err) WB_MUST_CHECK;
void wb_layers_free(struct wb_layer **layers, size_t count);

/* "layer 3 (sha256:0123456789ab…)" */
char *wb_layer_label(size_t index, const char *digest, char text[64]);

/* ---- the merged file system (rootfs.c) ------------------------------------------------------ */

/* Which layer did what to a file or package; indexes into the image's layers, -1: none did. */
struct wb_layer_span {
    int introduced;
    int changed;
    int deleted;
};

/* A name in the merged file system. Hard links share `entry` with what they link to. */
struct wb_node {
    const char *name;
    struct wb_node *parent; /* NULL for the root */
    /* Never WB_ENTRY_HARDLINK, WHITEOUT or OPAQUE. NULL for a directory that no layer states but
     * that entries below it imply. */
    const struct wb_entry *entry;
    struct wb_layer_span span; /* deleted is always -1 for a node that is there */
    void *user;                /* for whoever walks; NULL at first */
};

/* A file (not a directory) that some layer held and the final image does not show. */
struct wb_deleted_node {
    const char *path;
    const struct wb_entry *entry;
    struct wb_layer_span span;
};

struct wb_rootfs;
struct wb_rootfs *wb_rootfs_new(void);
void wb_rootfs_free(struct wb_rootfs *rootfs);
WB_AUTO_DECLARE(wb_rootfs)

/* Puts a layer on top: its whiteouts act on what is below, then its entries, whose parents are
 * resolved through symlinks inside the root as runtimes do. `layer` must outlive the rootfs.
 * Errors (WB_BAD_INPUT): a symlink loop or a file on the way to an entry, a hard link to nothing.
 */
bool wb_rootfs_apply(struct wb_rootfs *rootfs, const struct wb_layer *layer, int layer_index,
                     struct wb_error *err) WB_MUST_CHECK;

/* Finds a path (leading `/` allowed). Symlinks on the way are followed inside the root; a symlink
 * at the end only with `follow`. NULL: not there, or a loop. */
struct wb_node *wb_rootfs_lookup(const struct wb_rootfs *rootfs, const char *path, bool follow);
/* The same for many hostile paths: *steps, how many components may still be walked, counts down; at
 * 0 nothing is found. */
struct wb_node *wb_rootfs_lookup_within(const struct wb_rootfs *rootfs, const char *path,
                                        bool follow, uint64_t *steps);

/* The children of a directory sorted by name (bytes). The array belongs to the caller: free(). */
struct wb_node **wb_node_children(const struct wb_node *directory, size_t *count);

/* Calls `visit` for every node but the root, a directory before what is in it, siblings in bytewise
 * order of name; stops when it says false. `path` has no leading `/` and is valid during the call.
 */
bool wb_rootfs_walk(const struct wb_rootfs *rootfs,
                    bool (*visit)(void *context, struct wb_node *node, const char *path),
                    void *context);
const struct wb_deleted_node *wb_rootfs_deleted(const struct wb_rootfs *rootfs, size_t *count);
/* Appends the path, without leading `/`. */
void wb_node_path(const struct wb_node *node, struct wb_buffer *path);

/* ---- OCI layouts as stores of artifacts (layout*.c) -------------------------------------------
 */

/* OCI image-spec 1.1, descriptor.md. Strings belong to who made it. */
struct wb_descriptor {
    const char *media_type;
    struct wb_digest digest;
    int64_t size;
    const char *artifact_type;         /* NULL when not stated */
    struct wb_platform platform;       /* empty strings: not stated */
    struct wb_name_value *annotations; /* sorted by name */
    size_t annotation_count;
};
const char *wb_descriptor_annotation(const struct wb_descriptor *descriptor, const char *name);

/* An OCI layout in a directory (oci:DIR) or an uncompressed archive (oci-archive:FILE), and what
 * its index.json lists. Written in place: new blobs first, then index.json, each complete before it
 * gets its name (a directory), or a whole new archive beside the old one that takes its place;
 * whatever happens in between, the old index stays valid. */
struct wb_layout;
enum wb_layout_mode {
    WB_LAYOUT_READ,
    WB_LAYOUT_WRITE, /* holds an exclusive lock until freed; others that write wait */
};
struct wb_layout *wb_layout_open(const struct wb_reference *reference, enum wb_layout_mode mode,
                                 struct wb_error *err);
void wb_layout_free(struct wb_layout *layout);
WB_AUTO_DECLARE(wb_layout)

/* The entries of index.json as they are now, changes not yet committed included. */
const struct wb_descriptor *wb_layout_entries(const struct wb_layout *layout, size_t *count);
/* The image or index that the reference's tag or digest means; without either the only one that is
 * no signature, attestation or other artifact with a subject. A digest may also name a manifest
 * below a listed index. Belongs to the layout. NULL with WB_BAD_INPUT and what there is. */
const struct wb_descriptor *wb_layout_target(struct wb_layout *layout, struct wb_error *err);

/* The images and indexes that index.json lists, without what is a signature, attestation or other
 * artifact. The array belongs to the layout. */
bool wb_layout_images(struct wb_layout *layout, const struct wb_descriptor **images, size_t *count,
                      struct wb_error *err) WB_MUST_CHECK;

/* Reads a blob of at most `limit` bytes and checks its digest before handing it out: a mismatch is
 * WB_CHECK_FAILED, a missing blob WB_CHECK_FAILED too, both naming it. */
bool wb_layout_read_blob(struct wb_layout *layout, const struct wb_digest *digest, size_t limit,
                         struct wb_buffer *content, struct wb_error *err) WB_MUST_CHECK;
bool wb_layout_has_blob(struct wb_layout *layout, const struct wb_digest *digest);
/* The size of a blob, and bytes of it as they are: nothing is checked, for those who check piece by
 * piece themselves. WB_CHECK_FAILED when the blob is missing or ends early, naming it. */
bool wb_layout_blob_size(struct wb_layout *layout, const struct wb_digest *digest, uint64_t *size,
                         struct wb_error *err) WB_MUST_CHECK;
bool wb_layout_read_range(struct wb_layout *layout, const struct wb_digest *digest, uint64_t offset,
                          uint8_t *data, size_t size, struct wb_error *err) WB_MUST_CHECK;
/* Streams the whole blob and checks size (-1: unknown) and digest. Thread safe. WB_CHECK_FAILED as
 * above. */
bool wb_layout_check_blob(struct wb_layout *layout, const struct wb_digest *digest, int64_t size,
                          struct wb_error *err) WB_MUST_CHECK;

/* Reads the layer that is this blob as wb_layer_read does, with its digest and size (-1: unknown)
 * checked, and its diffID unless that is NULL. A missing blob is WB_CHECK_FAILED. (layout_layer.c)
 */
struct wb_layer *wb_layout_read_layer(struct wb_layout *layout, const struct wb_digest *digest,
                                      int64_t size, const struct wb_digest *diff_id,
                                      const struct wb_layer_options *options, struct wb_error *err);

/* A set of the one image that is this manifest, read through the layout, wherever that keeps its
 * blobs; layers are read at once, as by wb_layout_read_layer. Its description has no name. The
 * layout must outlive it. (image_of_layout.c) */
struct wb_image_set *wb_image_of_layout(struct wb_layout *layout,
                                        const struct wb_descriptor *manifest,
                                        const struct wb_layer_options *options,
                                        struct wb_error *err);

/* The manifests whose `subject` is that digest, wherever they are recorded: in index.json, in the
 * index tagged `sha256-HEX` (distribution-spec 1.1 "Referrers Tag Schema"), or only as blobs (as
 * `cosign save` leaves them). Sorted by digest; strings in `arena`. What is no readable manifest is
 * passed over. */
bool wb_layout_referrers(struct wb_layout *layout, const struct wb_digest *subject,
                         struct wb_arena *arena, struct wb_descriptor **referrers, size_t *count,
                         struct wb_error *err) WB_MUST_CHECK;

/* The header of a regular file in a tar archive, always the same for the same name (of at most 900
 * bytes) and size; and the zeros that follow a content of that size. (layout_tar_header.c) */
void wb_tar_header(const char *name, uint64_t size, struct wb_buffer *header);
void wb_tar_padding(uint64_t size, struct wb_buffer *padding);

/* Only with WB_LAYOUT_WRITE. Nothing of it is visible in index.json before the commit. */
bool wb_layout_add_blob(struct wb_layout *layout, struct wb_bytes content, struct wb_digest *digest,
                        struct wb_error *err) WB_MUST_CHECK;
/* Adds an entry; an entry of the same `org.opencontainers.image.ref.name`, or, without one, of the
 * same digest, is replaced. */
bool wb_layout_put_entry(struct wb_layout *layout, const struct wb_descriptor *entry,
                         struct wb_error *err) WB_MUST_CHECK;
/* Gives the entry (by its index) one annotation more; all else of it stays as it is. One that it
 * has already keeps its value. */
bool wb_layout_annotate_entry(struct wb_layout *layout, size_t index,
                              const struct wb_name_value *annotation,
                              struct wb_error *err) WB_MUST_CHECK;
/* Removes the entries of that digest; blobs stay. Says whether there was one. */
bool wb_layout_remove_entries(struct wb_layout *layout, const struct wb_digest *digest);
/* The same for what is named so by `org.opencontainers.image.ref.name`. */
const struct wb_descriptor *wb_layout_find_name(const struct wb_layout *layout, const char *name);
/* Takes a blob away with the commit, after index.json is replaced: only for one that nothing left
 * in the layout needs. One that is not there is no error. */
bool wb_layout_remove_blob(struct wb_layout *layout, const struct wb_digest *digest,
                           struct wb_error *err) WB_MUST_CHECK;
bool wb_layout_commit(struct wb_layout *layout, struct wb_error *err) WB_MUST_CHECK;

#endif
