/* SPDX-License-Identifier: Apache-2.0 */
/* waybill merge */
#include "cli/document_sources.h"
#include "cli/outputs.h"
#include "cli/parties.h"
#include "formats/merge.h"

#include <stdlib.h>
#include <string.h>

static const char examples[] =
    "  waybill merge app.spdx.json database.spdx.json -o spdx-json=delivery.spdx.json\n"
    "      one SBOM for a delivery of two images\n"
    "  waybill merge --name appliance --version 2.1 oci:app:2.1 oci:proxy:1.4 \\\n"
    "      -o cyclonedx-json=appliance.cdx.json\n"
    "      of images, under the name of the product\n";

struct merge_arguments {
    struct wb_reading_options reading;
    struct wb_outputs outputs;
    struct wb_document_source *sources;
    char **parts;
    size_t part_count, part_capacity;
    char **outputs_text;
    char *name;
    char *version;
    struct wb_parties parties;
};

static void clear_arguments(struct merge_arguments *arguments)
{
    for (size_t i = 0; i < arguments->part_count; i++) {
        wb_document_source_clear(&arguments->sources[i]);
        free(arguments->parts[i]);
    }
    free(arguments->sources);
    free(arguments->parts);
    wb_outputs_clear(&arguments->outputs);
    wb_options_list_free(arguments->outputs_text);
    free(arguments->name);
    free(arguments->version);
    wb_parties_clear(&arguments->parties);
    wb_reading_options_clear(&arguments->reading);
}

/* ---- the command line ---- */

static bool take_parts(poptContext context, struct merge_arguments *arguments, struct wb_error *err)
{
    const char *part;
    while ((part = poptGetArg(context)) != NULL)
        WB_APPEND(arguments->parts, arguments->part_count, arguments->part_capacity,
                  wb_string_copy(part));
    arguments->sources = wb_allocate_array(arguments->part_count, sizeof *arguments->sources);
    return arguments->part_count > 0 ||
           wb_error_set(err, WB_USAGE,
                        "documents or images are missing; `waybill merge --help` shows examples");
}

static bool parse_arguments(int argc, const char **argv, struct merge_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        {"output", 'o', POPT_ARG_ARGV, &arguments->outputs_text, 0,
         "write this document, several times for several", "FORMAT[@VERSION][=FILE]"},
        {"name", 0, POPT_ARG_STRING, &arguments->name, 0, "name of the whole (default: delivery)",
         "NAME"},
        {"version", 0, POPT_ARG_STRING, &arguments->version, 0, "version of the whole", "VERSION"},
        WB_PARTY_OPTIONS(&arguments->parties, "who makes the document", "who supplies the whole"),
        WB_FILES_OPTION(&arguments->reading, "which files of images to list (default: unowned)"),
        WB_DOCUMENT_SOURCE_OPTIONS(&arguments->reading),
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    const struct wb_usage usage = {table, "[OPTION...] -o FORMAT FILE|IMAGE...", examples};
    return wb_options_read(&options, &usage, argc, argv, helped, err) &&
           (*helped || take_parts(options.context, arguments, err));
}

static bool is_utf8(const char *option, const char *text, struct wb_error *err)
{
    return text == NULL || wb_utf8_valid(text, strlen(text)) ||
           wb_error_set(err, WB_USAGE, "--%s: it is not UTF-8", option);
}

/* ---- the work ---- */

static bool open_parts(struct merge_arguments *arguments, struct wb_error *err)
{
    for (size_t i = 0; i < arguments->part_count; i++) {
        if (!wb_document_source_open(arguments->parts[i], &arguments->reading,
                                     &arguments->sources[i], err))
            return false;
        if (!arguments->reading.quiet)
            wb_document_say_losses(arguments->sources[i].bom, arguments->parts[i]);
    }
    return true;
}

static bool merge_parts(struct merge_arguments *arguments, struct wb_error *err)
{
    const struct wb_merge_options options = {
        .name = arguments->name,
        .version = arguments->version,
        .tool_version = WAYBILL_VERSION,
        .creator = arguments->parties.creator,
        .supplier = arguments->parties.supplier,
    };
    struct wb_bom **parts = wb_allocate_array(arguments->part_count, sizeof(void *));
    for (size_t i = 0; i < arguments->part_count; i++)
        parts[i] = arguments->sources[i].bom;
    WB_AUTO(wb_bom) *whole = wb_bom_merge(parts, arguments->part_count, &options, err);
    free(parts);
    return whole != NULL && wb_outputs_write(&arguments->outputs, whole, err) &&
           wb_outputs_commit(&arguments->outputs, err);
}

static bool run(struct merge_arguments *arguments, struct wb_error *err)
{
    return wb_outputs_choose(&arguments->outputs, arguments->outputs_text, "waybill merge", err) &&
           is_utf8("name", arguments->name, err) && is_utf8("version", arguments->version, err) &&
           wb_parties_read(&arguments->parties, err) && open_parts(arguments, err) &&
           merge_parts(arguments, err);
}

enum wb_status wb_merge_command(int argc, const char **argv)
{
    struct merge_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    clear_arguments(&arguments);
    return good ? WB_OK : err.status;
}
