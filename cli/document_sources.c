/* SPDX-License-Identifier: Apache-2.0 */
/* Opening what is either an SBOM document or an image. */
#include "cli/document_sources.h"
#include "sbom/sbom.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- which of the two ---- */

static bool names_transport(const char *text)
{
    static const char *const transports[] = {"oci:", "oci-archive:", "docker-archive:", "dir:"};
    for (size_t i = 0; i < sizeof transports / sizeof transports[0]; i++)
        if (wb_text_starts_with(text, transports[i]))
            return true;
    return false;
}

/* Tar, or what tar is compressed with; no document begins so. */
static bool is_archive(const uint8_t *data, size_t size)
{
    static const struct {
        size_t offset;
        const char *magic;
        size_t size;
    } magics[] = {{257, "ustar", 5}, {0, "\x1f\x8b", 2}, {0, "\x28\xb5\x2f\xfd", 4}};
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (size >= magics[i].offset + magics[i].size &&
            memcmp(data + magics[i].offset, magics[i].magic, magics[i].size) == 0)
            return true;
    return false;
}

static bool is_image(const char *text)
{
    if (names_transport(text))
        return true;
    struct stat status;
    if (strcmp(text, "-") == 0 || stat(text, &status) != 0)
        return false;
    if (S_ISDIR(status.st_mode))
        return true;
    WB_AUTO_FD fd = S_ISREG(status.st_mode) ? open(text, O_RDONLY | O_CLOEXEC) : -1;
    uint8_t start[512];
    ssize_t size = fd < 0 ? -1 : read(fd, start, sizeof start);
    return size > 0 && is_archive(start, (size_t)size);
}

/* ---- images ---- */

static void show_progress(void *context, uint64_t done, uint64_t total)
{
    wb_progress_show(context, done, total);
}

static void say_warnings(const struct wb_bom *bom)
{
    for (size_t i = 0; i < bom->finding_count; i++)
        if (bom->findings[i].severity == WB_SEVERITY_WARNING)
            wb_say_warning(bom->findings[i].message);
}

static bool open_image(const struct wb_document_source_options *options,
                       struct wb_document_source *source, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_reference) reference = {0};
    struct wb_platform platform;
    if (!wb_reference_parse(source->text, &reference, err) ||
        (options->platform != NULL && !wb_platform_parse(options->platform, &platform, err)))
        return false;
    struct wb_progress progress;
    wb_progress_start(&progress, "reading layers", options->quiet);
    struct wb_sbom_options sbom = {
        .files = options->files,
        .tool_version = WAYBILL_VERSION,
        .layer = {.progress = show_progress, .context = &progress},
    };
    wb_sbom_layer_options(&sbom);
    const struct wb_image_options image_options = {
        .platform = options->platform == NULL ? NULL : &platform,
        .layer = sbom.layer,
    };
    source->set = wb_image_set_open(&reference, &image_options, err);
    if (source->set != NULL)
        source->bom = wb_sbom_generate(wb_image_set_get(source->set, 0), &sbom, err);
    wb_progress_end(&progress);
    if (source->bom == NULL)
        return wb_error_context(err, "%s", source->text);
    if (!options->quiet)
        say_warnings(source->bom);
    return true;
}

/* ---- both ---- */

bool wb_document_source_open(const char *text, const struct wb_document_source_options *options,
                             struct wb_document_source *source, struct wb_error *err)
{
    source->text = text;
    if (is_image(text))
        return open_image(options, source, err);
    source->bom = wb_document_open(text, err);
    return source->bom != NULL;
}

void wb_document_source_clear(struct wb_document_source *source)
{
    wb_bom_free(source->bom);
    wb_image_set_free(source->set);
    *source = (struct wb_document_source){0};
}
