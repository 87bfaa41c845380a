/* SPDX-License-Identifier: Apache-2.0 */
/* Names, platforms and reports of images in layouts. */
#include "cli/images.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDEX_SIZE_MAX ((size_t)4 << 20)

/* A reference without its tag: a colon behind the last slash starts one. */
static char *without_tag(const char *name)
{
    const char *slash = strrchr(name, '/');
    const char *colon = strrchr(slash == NULL ? name : slash, ':');
    return wb_string_format("%.*s", (int)(colon == NULL ? strlen(name) : (size_t)(colon - name)),
                            name);
}

char *wb_image_name(const struct wb_layout *layout, const struct wb_reference *reference)
{
    size_t count;
    const struct wb_descriptor *entries = wb_layout_entries(layout, &count);
    for (size_t i = 0; i < count; i++) {
        const char *name = wb_descriptor_annotation(&entries[i], "io.containerd.image.name");
        if (name == NULL)
            name = wb_descriptor_annotation(&entries[i], "org.opencontainers.image.ref.name");
        if (name != NULL && strchr(name, '/') != NULL)
            return without_tag(name);
    }
    WB_AUTO_STRING path = wb_string_copy(reference->path);
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        path[--length] = '\0';
    const char *slash = strrchr(path, '/');
    return wb_string_copy(slash == NULL || slash[1] == '\0' ? path : slash + 1);
}

static bool is_attestation_manifest(const json_t *entry)
{
    const char *os = wb_json_string_of(wb_json_object_of(entry, "platform"), "os");
    return os != NULL && strcmp(os, "unknown") == 0;
}

static void read_text(const json_t *platform, const char *name, char *text, size_t size)
{
    const char *value = wb_json_string_of(platform, name);
    if (value != NULL && strlen(value) < size)
        memcpy(text, value, strlen(value) + 1);
}

static void read_platform(const json_t *json, struct wb_platform *platform)
{
    read_text(json, "os", platform->os, sizeof platform->os);
    read_text(json, "architecture", platform->architecture, sizeof platform->architecture);
    read_text(json, "variant", platform->variant, sizeof platform->variant);
}

static bool visit_entry(const json_t *entry,
                        bool (*visit)(void *context, const struct wb_descriptor *manifest,
                                      struct wb_error *err),
                        void *context, struct wb_error *err)
{
    const char *digest = wb_json_string_of(entry, "digest");
    struct wb_descriptor descriptor = {
        .media_type = wb_json_string_of(entry, "mediaType"),
        .size = wb_json_integer_of(entry, "size", -1),
    };
    if (digest == NULL || descriptor.media_type == NULL || descriptor.size < 0)
        return wb_error_set(err, WB_BAD_INPUT, "index: a descriptor without digest, size or type");
    read_platform(wb_json_object_of(entry, "platform"), &descriptor.platform);
    return wb_digest_parse(digest, &descriptor.digest, err) && visit(context, &descriptor, err);
}

bool wb_visit_platforms(struct wb_layout *layout, const struct wb_descriptor *index,
                        bool (*visit)(void *context, const struct wb_descriptor *manifest,
                                      struct wb_error *err),
                        void *context, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!wb_layout_read_blob(layout, &index->digest, INDEX_SIZE_MAX, &content, err))
        return false;
    WB_AUTO_JSON json = wb_json_parse(wb_buffer_bytes(&content), err);
    if (json == NULL)
        return false;
    const json_t *manifests = wb_json_array_of(json, "manifests");
    for (size_t i = 0; i < json_array_size(manifests); i++) {
        const json_t *entry = json_array_get(manifests, i);
        if (!is_attestation_manifest(entry) && !visit_entry(entry, visit, context, err))
            return false;
    }
    return true;
}

/* ---- signing one ---- */

static bool open_layout(struct wb_image_job *job, struct wb_error *err)
{
    job->layout = wb_layout_open(&job->reference, WB_LAYOUT_WRITE, err);
    if (job->layout == NULL)
        return false;
    job->name = wb_image_name(job->layout, &job->reference);
    return true;
}

bool wb_image_job_open(struct wb_image_job *job, const struct wb_signing_options *options,
                       const struct wb_registry_arguments *registry, const char *reference,
                       bool input_is_taken, struct wb_error *err)
{
    job->options = options;
    job->registry = registry;
    job->text = reference;
    if (!wb_options_text_or_json(options->output, &job->json, err) ||
        !wb_signing_forms(options->format, &job->forms, err) ||
        !wb_image_reference(reference, job->registry, &job->reference, err) ||
        !wb_signing_open(options, input_is_taken, &job->signing, err))
        return false;
    return open_layout(job, err);
}

static void close_layout(struct wb_image_job *job)
{
    wb_layout_free(job->layout);
    job->layout = NULL;
    wb_reference_clear(&job->reference);
    free(job->name);
    job->name = NULL;
}

bool wb_image_job_next(struct wb_image_job *job, const char *reference, struct wb_error *err)
{
    close_layout(job);
    job->text = reference;
    job->signed_count = 0;
    return wb_image_reference(reference, job->registry, &job->reference, err) &&
           open_layout(job, err);
}

void wb_image_job_signed(struct wb_image_job *job, const struct wb_digest *digest)
{
    size_t count = job->signed_count;
    if (count == 0 || !wb_digest_equal(&job->signed_digests[count - 1], digest))
        WB_APPEND(job->signed_digests, job->signed_count, job->signed_capacity, *digest);
}

static bool print_json(const struct wb_image_job *job, struct wb_error *err)
{
    struct wb_digest fingerprint;
    char text[WB_DIGEST_TEXT_SIZE];
    if (!wb_key_fingerprint(job->signing.key, &fingerprint, err))
        return false;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    WB_AUTO(wb_output) *output = wb_output_open("-", err);
    if (output == NULL)
        return false;
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    wb_json_begin_object(json);
    wb_json_member(json, "image", wb_utf8_escape(arena, job->text, strlen(job->text)));
    wb_json_member(json, "key", wb_digest_format(&fingerprint, text));
    wb_json_key(json, "signed");
    wb_json_begin_array(json);
    for (size_t i = 0; i < job->signed_count; i++)
        wb_json_string(json, wb_digest_format(&job->signed_digests[i], text));
    wb_json_end_array(json);
    wb_json_key(json, "transparencyLog");
    wb_json_boolean(json, false);
    wb_json_end_object(json);
    wb_json_finish(json);
    return wb_output_commit(output, err);
}

bool wb_image_job_report(const struct wb_image_job *job, struct wb_error *err)
{
    if (job->json)
        return print_json(job, err);
    for (size_t i = 0; i < job->signed_count; i++) {
        char text[WB_DIGEST_TEXT_SIZE];
        if (!wb_signing_report(job->options, &job->signing,
                               wb_digest_format(&job->signed_digests[i], text), err))
            return false;
    }
    return true;
}

void wb_image_job_clear(struct wb_image_job *job)
{
    close_layout(job);
    wb_signing_clear(&job->signing);
    free(job->signed_digests);
    *job = (struct wb_image_job){0};
}
