/* SPDX-License-Identifier: Apache-2.0 */
/* The checks on a file system made of the input: the first byte of each part says which
 * configuration file the rest is, or which setting of the image; `>` makes a file a symlink. What
 * comes out is printable and can be written. */
#include "audit/audit_private.h"

#include <stdlib.h>
#include <string.h>

#define SEPARATOR 0xff

static const char *const paths[] = {
    "etc/passwd",
    "etc/shadow",
    "etc/group",
    "etc/sudoers",
    "etc/fstab",
    "etc/ld.so.preload",
    "etc/ld.so.conf",
    "etc/apt/sources.list",
    "etc/yum.repos.d/a.repo",
    "etc/ssl/openssl.cnf",
    "etc/sysctl.d/a.conf",
    "usr/bin/sudo",
    "etc/cron.d",
    "opt/data",
    "opt/jobs/job",
};
#define PATH_COUNT (sizeof paths / sizeof paths[0])
/* What comes after the paths. */
enum setting { SETTING_USER, SETTING_STEP, SETTING_VOLUME, SETTING_ENVIRONMENT, SETTING_COUNT };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sample {
    struct wb_layer layer;
    struct wb_entry entries[PATH_COUNT];
    struct wb_bytes contents[PATH_COUNT];
    bool used[PATH_COUNT + SETTING_COUNT];
    struct wb_arena *arena;
    const char *settings[SETTING_COUNT]; /* UTF-8, as the reader of images has them */
    struct wb_history_line step;
};

static void add_file(struct sample *sample, const uint8_t *data, size_t size)
{
    size_t path = data[0] % (PATH_COUNT + SETTING_COUNT);
    if (sample->used[path])
        return;
    if (path >= PATH_COUNT) {
        sample->used[path] = true;
        sample->settings[path - PATH_COUNT] =
            wb_utf8_escape(sample->arena, (const char *)data + 1, size - 1);
        return;
    }
    sample->used[path] = true;
    struct wb_bytes *content = &sample->contents[path];
    *content = (struct wb_bytes){data + 1, size - 1};
    struct wb_bytes *capability = (data[0] & 0x80) != 0 ? content : NULL;
    sample->entries[sample->layer.entry_count++] = (struct wb_entry){
        .path = paths[path],
        .kind = WB_ENTRY_REGULAR,
        .mode = 0644u | (uint32_t)(data[0] & 0x40) << 5 | (data[0] & 0x20) >> 4,
        .size = content->size,
        .content = content,
        .capability = capability,
    };
    struct wb_entry *entry = &sample->entries[sample->layer.entry_count - 1];
    if (content->size == 0 || content->data[0] != '>')
        return;
    entry->kind = WB_ENTRY_SYMLINK;
    entry->link_target = wb_arena_copy_bytes(sample->arena, content->data + 1, content->size - 1);
    entry->content = entry->capability = NULL;
}

static void describe(struct sample *sample, struct wb_image_description *image)
{
    const char **settings = sample->settings;
    sample->step.created_by = settings[SETTING_STEP];
    *image = (struct wb_image_description){
        .name = "fuzz",
        .config_digest = "sha256:0",
        .layer_count = 1,
        .history = &sample->step,
        .history_count = 1,
        .settings = {.user = settings[SETTING_USER],
                     .volumes = {&settings[SETTING_VOLUME], settings[SETTING_VOLUME] != NULL},
                     .environment = {&settings[SETTING_ENVIRONMENT],
                                     settings[SETTING_ENVIRONMENT] != NULL}},
    };
}

static void make_files(struct sample *sample, const uint8_t *data, size_t size)
{
    sample->layer.entries = sample->entries;
    while (size > 0) {
        const uint8_t *end = memchr(data, SEPARATOR, size);
        size_t part = end == NULL ? size : (size_t)(end - data);
        if (part > 0)
            add_file(sample, data, part);
        data += part + (end != NULL);
        size -= part + (end != NULL);
    }
}

static void check_report(const struct wb_audit_report *report)
{
    for (int format = WB_AUDIT_TABLE; format <= WB_AUDIT_PREDICATE; format++) {
        WB_AUTO_VALUE(wb_buffer) text = {0};
        WB_AUTO(wb_output) *output = wb_output_open_buffer(&text);
        struct wb_error err = WB_ERROR_INIT;
        wb_audit_write(report, (enum wb_audit_format)format, output);
        if (!wb_output_flush(output, &err) || !wb_utf8_valid((const char *)text.data, text.size))
            abort();
        if (format == WB_AUDIT_TABLE)
            continue;
        WB_AUTO_JSON json = wb_json_parse(wb_buffer_bytes(&text), &err);
        if (json == NULL)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct wb_audit_options options = {.now = 1700000000};
    struct wb_error err = WB_ERROR_INIT;
    struct sample *sample = wb_allocate(sizeof *sample);
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    sample->arena = arena;
    make_files(sample, data, size);
    struct wb_layer *layers[] = {&sample->layer};
    struct wb_layer_information information = {.diff_id = "sha256:0"};
    struct wb_image_description image;
    describe(sample, &image);
    WB_AUTO(wb_rootfs) *rootfs = wb_rootfs_new();
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    WB_AUTO(wb_audit) *audit = wb_audit_new(&options, &err);
    bom->image = &image;
    bom->source_name = "fuzz";
    bom->layers = &information;
    bom->layer_count = 1;
    if (audit == NULL)
        abort();
    /* A link on the way to a file may lead nowhere. */
    if (!wb_rootfs_apply(rootfs, &sample->layer, 0, &err)) {
        free(sample);
        return 0;
    }
    struct wb_sbom_options sbom = {0};
    const struct wb_sbom_view view = {.bom = bom, .rootfs = rootfs, .layers = layers};
    wb_audit_plug(audit, &sbom);
    if (!sbom.inspect(sbom.inspect_context, &view, &err))
        abort();
    check_report(wb_audit_report_of(audit));
    free(sample);
    return 0;
}
