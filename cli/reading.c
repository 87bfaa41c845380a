/* SPDX-License-Identifier: Apache-2.0 */
/* From the options of reading to documents of images. */
#include "cli/reading.h"
#include "cli/signing.h"

#include <stdlib.h>
#include <string.h>

void wb_reading_options_clear(struct wb_reading_options *options)
{
    free(options->platform);
    free(options->files);
    free(options->cache_directory);
    free(options->max_layer_size);
    wb_registry_arguments_clear(&options->registry);
    free(options->digests);
    free(options->package_digests);
    *options = (struct wb_reading_options){0};
}

static void show_notice(void *context, const char *message)
{
    (void)context;
    wb_say_note(message);
}

static bool read_files(const char *text, enum wb_file_selection *files, struct wb_error *err)
{
    *files = WB_FILES_UNOWNED;
    if (text == NULL || strcmp(text, "unowned") == 0)
        return true;
    *files = strcmp(text, "all") == 0 ? WB_FILES_ALL : WB_FILES_NONE;
    return *files == WB_FILES_ALL || strcmp(text, "none") == 0 ||
           wb_error_set(err, WB_USAGE, "--files %s: it is none, unowned or all", text);
}

static bool read_numbers(const struct wb_reading_options *options, struct wb_layer_options *layer,
                         struct wb_error *err)
{
    if (options->max_layer_size != NULL &&
        !wb_options_size(options->max_layer_size, &layer->max_layer_size))
        return wb_error_set(err, WB_USAGE,
                            "--max-layer-size %s: it is a number of bytes, as 500M or 2G",
                            options->max_layer_size);
    if (options->threads < 0)
        return wb_error_set(err, WB_USAGE, "--threads %d: it is a positive number",
                            options->threads);
    layer->threads = (unsigned)options->threads;
    return true;
}

#define PACKAGE_DIGESTS_SIZE_MAX ((size_t)256 << 20)

static bool read_digests(const struct wb_reading_options *options, struct wb_reading *reading,
                         struct wb_error *err)
{
    const char *text = options->digests;
    /* The other two, which are always there, may be named beside it. */
    while (text != NULL && *text != '\0') {
        size_t size = strcspn(text, ",");
        bool is_sha512 = size == strlen("sha512") && wb_text_starts_with(text, "sha512");
        if (!is_sha512 && !(size == strlen("sha256") && wb_text_starts_with(text, "sha256")) &&
            !(size == strlen("sha1") && wb_text_starts_with(text, "sha1")))
            return wb_error_set(err, WB_USAGE, "--digests %s: it is sha512", options->digests);
        reading->sbom.sha512 = reading->sbom.sha512 || is_sha512;
        text += size + (text[size] == ',');
    }
    if (reading->sbom.sha512 && reading->sbom.files == WB_FILES_NONE)
        return wb_error_set(err, WB_USAGE, "--digests is of files, and --files none lists none");
    if (options->package_digests == NULL)
        return true;
    if (!wb_read_argument(options->package_digests, PACKAGE_DIGESTS_SIZE_MAX,
                          &reading->package_digests, err))
        return wb_error_context(err, "--package-digests");
    reading->sbom.package_digests =
        (struct wb_bytes){reading->package_digests.data, reading->package_digests.size};
    return true;
}

bool wb_reading_prepare(const struct wb_reading_options *options, struct wb_reading *reading,
                        struct wb_error *err)
{
    struct wb_layer_options *layer = &reading->sbom.layer;
    reading->has_platform = options->platform != NULL;
    reading->all_platforms = options->all_platforms != 0;
    reading->quiet = options->quiet != 0;
    if (!read_files(options->files, &reading->sbom.files, err) ||
        !read_numbers(options, layer, err) || !read_digests(options, reading, err) ||
        (reading->has_platform && !wb_platform_parse(options->platform, &reading->platform, err)))
        return false;
    if (reading->has_platform && reading->all_platforms)
        return wb_error_set(err, WB_USAGE, "--platform and --all-platforms exclude each other");
    reading->sbom.tool_version = WAYBILL_VERSION;
    layer->cache_directory = options->cache_directory;
    layer->progress = wb_progress_show;
    layer->context = &reading->progress;
    layer->notice = reading->quiet ? NULL : show_notice;
    /* An audit plugs itself in after this. */
    wb_sbom_layer_options(&reading->sbom);
    return true;
}

bool wb_reading_open(struct wb_reading *reading, const struct wb_reference *reference,
                     struct wb_error *err)
{
    wb_progress_start(&reading->progress, "reading layers", reading->quiet);
    const struct wb_image_options options = {
        .platform = reading->has_platform ? &reading->platform : NULL,
        .all_platforms = reading->all_platforms,
        .layer = reading->sbom.layer,
    };
    reading->set = wb_image_set_open(reference, &options, err);
    if (reading->set == NULL)
        wb_progress_end(&reading->progress);
    return reading->set != NULL;
}

struct wb_bom *wb_reading_document(struct wb_reading *reading, size_t image, struct wb_error *err)
{
    struct wb_bom *bom =
        wb_sbom_generate(wb_image_set_get(reading->set, image), &reading->sbom, err);
    wb_progress_end(&reading->progress);
    return bom;
}

static bool visit_image(struct wb_reading *reading, size_t image, wb_reading_visitor *visit,
                        void *context, struct wb_error *err)
{
    WB_AUTO(wb_bom) *bom = wb_reading_document(reading, image, err);
    return bom != NULL && visit(context, bom, err);
}

bool wb_reading_visit(struct wb_reading *reading, wb_reading_visitor *visit, void *context,
                      struct wb_error *err)
{
    size_t count = wb_image_set_count(reading->set);
    for (size_t i = 0; i < count; i++) {
        if (visit_image(reading, i, visit, context, err))
            continue;
        const struct wb_image_description *image =
            wb_image_describe(wb_image_set_get(reading->set, i));
        char platform[100];
        if (count > 1)
            wb_error_context(err, "%s", wb_platform_format(&image->platform, platform));
        return false;
    }
    return true;
}

void wb_reading_clear(struct wb_reading *reading)
{
    wb_image_set_free(reading->set);
    wb_buffer_clear(&reading->package_digests);
    *reading = (struct wb_reading){0};
}

void wb_reading_say_warnings(const struct wb_bom *bom)
{
    for (size_t i = 0; i < bom->finding_count; i++)
        if (bom->findings[i].severity == WB_SEVERITY_WARNING)
            wb_say_warning(bom->findings[i].message);
}
