/* SPDX-License-Identifier: Apache-2.0 */
/* The document for people: the image, its layers, and one line for each package. */
#include "formats/formats_private.h"
#include "sbom/licence_summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_WIDTH 110 /* what is cut is cut to this */
#define COLUMN_COUNT_MAX 6

/* ---- text on a terminal ---- */

/* How many columns; every character counts as one. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

/* What could rewrite the line or the terminal becomes `?`. */
static void append_shown(struct wb_buffer *out, const char *text)
{
    while (*text != '\0') {
        size_t size = wb_utf8_control_size(text);
        wb_buffer_append(out, size > 0 ? "?" : text, 1);
        text += size > 0 ? size : 1;
    }
}

/* At most `width` columns, the last one an ellipsis where something is left out. */
static void append_cut(struct wb_buffer *out, const char *text, size_t width)
{
    if (width_of(text) <= width) {
        append_shown(out, text);
        return;
    }
    size_t size = 0;
    for (size_t columns = 0; text[size] != '\0'; size++) {
        columns += ((unsigned char)text[size] & 0xc0) != 0x80;
        if (columns == width)
            break;
    }
    WB_AUTO_STRING head = wb_string_format("%.*s", (int)size, text);
    append_shown(out, head);
    wb_buffer_append_text(out, "…");
}

static void append_padded(struct wb_buffer *out, const char *text, size_t width)
{
    append_shown(out, text);
    for (size_t shown = width_of(text); shown < width; shown++)
        wb_buffer_append(out, " ", 1);
}

/* `12.3 MB` in powers of ten, as package managers print it. */
static const char *size_text(uint64_t size, char text[32])
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    if (size < 1000) {
        snprintf(text, 32, "%" PRIu64 " B", size);
        return text;
    }
    size_t unit = 0;
    uint64_t tenths = size / 100;
    for (; tenths >= 10000; tenths /= 1000)
        unit++;
    snprintf(text, 32, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10, tenths % 10, units[unit]);
    return text;
}

static void flush(struct wb_output *output, struct wb_buffer *text)
{
    wb_output_write(output, text->data, text->size);
    text->size = 0;
}

/* ---- the head ---- */

static void append_fact(struct wb_buffer *out, const char *name, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    append_padded(out, name, 10);
    append_shown(out, value);
    wb_buffer_append_text(out, "\n");
}

static void write_image(struct wb_output *output, const struct wb_bom *bom)
{
    const struct wb_image_description *image = bom->image;
    const struct wb_distribution *distribution = &bom->distribution;
    char created[WB_TIME_TEXT_SIZE];
    WB_AUTO_VALUE(wb_buffer) out = {0};
    append_fact(&out, "Image", bom->source_name);
    if (bom->source_version != NULL && strcmp(bom->source_version, bom->content_digest) != 0)
        append_fact(&out, "Version", bom->source_version);
    append_fact(&out, "Digest", bom->content_digest);
    if (image->platform.os[0] != '\0') {
        WB_AUTO_STRING platform = wb_string_format(
            "%s/%s%s%s", image->platform.os, image->platform.architecture,
            image->platform.variant[0] == '\0' ? "" : "/", image->platform.variant);
        append_fact(&out, "Platform", platform);
    }
    if (image->has_created)
        append_fact(&out, "Created", wb_time_format(image->created, created));
    append_fact(&out, "System",
                distribution->pretty_name != NULL ? distribution->pretty_name : distribution->name);
    flush(output, &out);
}

static void write_layers(struct wb_output *output, const struct wb_bom *bom)
{
    WB_AUTO_VALUE(wb_buffer) out = {0};
    for (size_t i = 0; i < bom->layer_count; i++) {
        const struct wb_layer_information *layer = &bom->layers[i];
        char size[32];
        const char *digest = layer->blob_digest != NULL ? layer->blob_digest : layer->diff_id;
        if (digest == NULL)
            continue;
        const char *hex = strchr(digest, ':');
        size_t start = out.size;
        wb_buffer_append_format(&out, "%-10s%2zu  %.12s  %9s", i == 0 ? "Layers" : "", i + 1,
                                hex == NULL ? digest : hex + 1, size_text(layer->blob_size, size));
        if (layer->created_by != NULL && *layer->created_by != '\0') {
            wb_buffer_append_text(&out, "  ");
            append_cut(&out, layer->created_by, LINE_WIDTH - (out.size - start));
        }
        wb_buffer_append_text(&out, "\n");
    }
    flush(output, &out);
}

static void write_databases(struct wb_output *output, const struct wb_bom *bom)
{
    WB_AUTO_VALUE(wb_buffer) out = {0};
    for (size_t i = 0; i < bom->database_count; i++) {
        const struct wb_database *database = &bom->databases[i];
        append_padded(&out, i == 0 ? "Databases" : "", 10);
        append_shown(&out, database->path);
        wb_buffer_append_format(&out, " (%s)", database->format);
        if (database->unreadable_count > 0)
            wb_buffer_append_format(&out, ", %zu entries unreadable", database->unreadable_count);
        if (database->span.deleted >= 0)
            wb_buffer_append_format(&out, ", deleted by layer %d", database->span.deleted + 1);
        wb_buffer_append_text(&out, "\n");
    }
    flush(output, &out);
}

/* ---- rows ---- */

/* The cells of one line. */
struct row {
    const char *cells[COLUMN_COUNT_MAX];
    char layer[64];
};

struct table {
    const struct wb_bom *bom;
    struct wb_package **packages;
    size_t count;
    bool states; /* a column for those that are not installed */
    const char *title;
    size_t widths[COLUMN_COUNT_MAX];
};

static void fill_layer(char text[64], const struct wb_layer_span *span)
{
    int size = 0;
    text[0] = '\0';
    if (span->introduced >= 0)
        size = snprintf(text, 64, "%d", span->introduced + 1);
    if (span->changed >= 0)
        size += snprintf(text + size, 64 - (size_t)size, " ~%d", span->changed + 1);
    if (span->deleted >= 0)
        snprintf(text + size, 64 - (size_t)size, " -%d", span->deleted + 1);
}

static size_t fill_row(const struct table *table, const struct wb_package *package, struct row *row)
{
    size_t count = 0;
    fill_layer(row->layer, &package->span);
    row->cells[count++] = package->name;
    row->cells[count++] = package->evr;
    row->cells[count++] = package->architecture;
    if (table->bom->layer_count > 1)
        row->cells[count++] = row->layer;
    if (table->states)
        row->cells[count++] =
            package->state == WB_STATE_INSTALLED ? "" : wb_package_state_name(package->state);
    row->cells[count++] = package->licence;
    for (size_t i = 0; i < count; i++)
        if (row->cells[i] == NULL)
            row->cells[i] = "";
    return count;
}

static size_t fill_heading(const struct table *table, struct row *row)
{
    size_t count = 0;
    row->cells[count++] = "NAME";
    row->cells[count++] = "VERSION";
    row->cells[count++] = "ARCH";
    if (table->bom->layer_count > 1)
        row->cells[count++] = "LAYER";
    if (table->states)
        row->cells[count++] = "STATE";
    row->cells[count++] = "LICENCE";
    return count;
}

/* Names and versions vary too much to give every line room for the longest: a value that is longer
 * than its column moves the rest of its line. */
static size_t column_limit(size_t column)
{
    static const size_t limits[] = {28, 22};
    return column < sizeof limits / sizeof limits[0] ? limits[column] : 16;
}

static void measure(struct table *table, const struct row *row, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t width = width_of(row->cells[i]);
        if (width > column_limit(i))
            width = column_limit(i);
        if (width > table->widths[i])
            table->widths[i] = width;
    }
}

/* Only the last column is cut. */
static void append_row(struct wb_buffer *out, const struct table *table, const struct row *row,
                       size_t count)
{
    size_t used = 0;
    for (size_t i = 0; i + 1 < count; i++) {
        size_t width = width_of(row->cells[i]);
        append_padded(out, row->cells[i], table->widths[i]);
        wb_buffer_append_text(out, "  ");
        used += (width > table->widths[i] ? width : table->widths[i]) + 2;
    }
    append_cut(out, row->cells[count - 1], used + 12 < LINE_WIDTH ? LINE_WIDTH - used : 12);
    while (out->size > 0 && out->data[out->size - 1] == ' ')
        out->size--;
    wb_buffer_append_text(out, "\n");
}

static void write_table(struct wb_output *output, struct table *table)
{
    struct row row;
    WB_AUTO_VALUE(wb_buffer) out = {0};
    if (table->count == 0)
        return;
    for (size_t i = 0; i < table->count; i++)
        table->states = table->states || table->packages[i]->state != WB_STATE_INSTALLED;
    measure(table, &row, fill_heading(table, &row));
    for (size_t i = 0; i < table->count; i++)
        measure(table, &row, fill_row(table, table->packages[i], &row));
    wb_buffer_append_format(&out, "\n%s%s", table->title, *table->title == '\0' ? "" : "\n");
    append_row(&out, table, &row, fill_heading(table, &row));
    for (size_t i = 0; i < table->count; i++) {
        append_row(&out, table, &row, fill_row(table, table->packages[i], &row));
        flush(output, &out);
    }
}

/* ---- licences ---- */

static int compare_uses(const void *left, const void *right)
{
    const struct wb_licence_use *a = *(const struct wb_licence_use *const *)left;
    const struct wb_licence_use *b = *(const struct wb_licence_use *const *)right;
    return a->count != b->count ? (a->count < b->count) - (a->count > b->count)
                                : strcmp(a->licence, b->licence);
}

/* Texts that SPDX does not list are too many for people, and their names say little. */
static void append_references(struct wb_buffer *out, const struct wb_bom *bom,
                              const struct wb_licence_summary *summary)
{
    bool *marked = wb_allocate_array(bom->package_count + 1, sizeof *marked);
    size_t packages = 0, licences = 0;
    for (size_t i = 0; i < summary->count; i++) {
        const struct wb_licence_use *use = summary->uses[i];
        if (!wb_text_starts_with(use->licence, "LicenseRef-"))
            continue;
        licences++;
        for (size_t k = 0; k < use->count; k++) {
            packages += !marked[use->packages[k]->index];
            marked[use->packages[k]->index] = true;
        }
    }
    if (licences > 0)
        wb_buffer_append_format(out, "%8zu  LicenseRef-* (%zu that SPDX does not list)\n", packages,
                                licences);
    free(marked);
}

static void write_licences(struct wb_output *output, const struct wb_bom *bom)
{
    struct wb_licence_summary summary = {0};
    WB_AUTO_VALUE(wb_buffer) out = {0};
    wb_licence_summary_make(bom, &summary);
    if (summary.count > 0) {
        qsort(summary.uses, summary.count, sizeof(void *), compare_uses);
        wb_buffer_append_text(&out, "\nPACKAGES  LICENCE\n");
    }
    for (size_t i = 0; i < summary.count; i++) {
        if (wb_text_starts_with(summary.uses[i]->licence, "LicenseRef-"))
            continue;
        wb_buffer_append_format(&out, "%8zu  ", summary.uses[i]->count);
        append_cut(&out, summary.uses[i]->licence, LINE_WIDTH - 10);
        wb_buffer_append_text(&out, "\n");
    }
    append_references(&out, bom, &summary);
    if (summary.count > 0 && summary.unstated_count > 0)
        wb_buffer_append_format(&out, "%8zu  not stated\n", summary.unstated_count);
    flush(output, &out);
    wb_licence_summary_clear(&summary);
}

/* ---- the end ---- */

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static bool any_changed(const struct wb_bom *bom)
{
    for (size_t i = 0; i < bom->package_count; i++)
        if (bom->packages[i]->span.changed >= 0)
            return true;
    return false;
}

static void write_totals(struct wb_output *output, const struct wb_bom *bom)
{
    WB_AUTO_VALUE(wb_buffer) out = {0};
    wb_buffer_append_text(&out, "\n");
    if (any_changed(bom) || bom->removed_count > 0)
        wb_buffer_append_text(&out,
                              "LAYER 1 ~3 -4: introduced by layer 1, changed by 3, removed by "
                              "4\n");
    wb_buffer_append_format(&out, "%zu package%s", bom->package_count, plural(bom->package_count));
    if (bom->removed_count > 0)
        wb_buffer_append_format(&out, ", %zu more removed by later layers", bom->removed_count);
    if (bom->residue_count > 0)
        wb_buffer_append_format(&out, ", %zu removed but for configuration", bom->residue_count);
    wb_buffer_append_format(&out, "\n%zu file%s: %zu owned", bom->total_files,
                            plural(bom->total_files), bom->total_owned);
    if (bom->file_selection != WB_FILES_NONE)
        wb_buffer_append_format(&out, " (%zu modified)", bom->total_modified);
    wb_buffer_append_format(&out, ", %zu unowned; %zu missing\n", bom->total_unowned,
                            bom->total_missing);
    for (size_t i = 0; i < bom->finding_count; i++) {
        const struct wb_finding *finding = &bom->findings[i];
        wb_buffer_append_text(&out,
                              finding->severity == WB_SEVERITY_WARNING ? "warning: " : "note: ");
        append_shown(&out, finding->message);
        wb_buffer_append_text(&out, "\n");
    }
    flush(output, &out);
}

bool wb_table_write(const struct wb_bom *bom, const char *version, struct wb_output *output,
                    struct wb_error *err)
{
    (void)version;
    (void)err;
    write_image(output, bom);
    write_layers(output, bom);
    write_databases(output, bom);
    struct table packages = {
        .bom = bom, .packages = bom->packages, .count = bom->package_count, .title = ""};
    struct table residues = {.bom = bom,
                             .packages = bom->residues,
                             .count = bom->residue_count,
                             .title = "Removed, configuration left:"};
    struct table removed = {.bom = bom,
                            .packages = bom->removed,
                            .count = bom->removed_count,
                            .title = "Delivered by a lower layer, removed by a later one:"};
    write_table(output, &packages);
    write_table(output, &residues);
    write_table(output, &removed);
    write_licences(output, bom);
    write_totals(output, bom);
    return true;
}
