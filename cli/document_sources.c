/* SPDX-License-Identifier: Apache-2.0 */
/* Opening what is either an SBOM document or an image. */
#include "cli/document_sources.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- which of the two ---- */

static bool names_transport(const char *text)
{
    static const char *const transports[] = {
        "oci:", "oci-archive:", "docker-archive:", "dir:", "docker://"};
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

static bool open_image(struct wb_reading *reading, const struct wb_registry_arguments *registry,
                       struct wb_document_source *source, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_reference) reference = {0};
    if (!wb_image_reference(source->text, registry, &reference, err))
        return false;
    if (wb_reading_open(reading, &reference, err))
        source->bom = wb_reading_document(reading, 0, err);
    source->set = WB_STEAL(reading->set);
    if (source->bom == NULL)
        return wb_error_context(err, "%s", source->text);
    if (!reading->quiet)
        wb_reading_say_warnings(source->bom);
    return true;
}

/* ---- both ---- */

bool wb_document_source_open(const char *text, const struct wb_reading_options *options,
                             struct wb_document_source *source, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_reading) reading = {0};
    source->text = text;
    if (!wb_reading_prepare(options, &reading, err))
        return false;
    if (is_image(text))
        return open_image(&reading, &options->registry, source, err);
    source->bom = wb_document_open(text, err);
    return source->bom != NULL;
}

void wb_document_source_clear(struct wb_document_source *source)
{
    wb_bom_free(source->bom);
    wb_image_set_free(source->set);
    *source = (struct wb_document_source){0};
}
