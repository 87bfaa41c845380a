/* SPDX-License-Identifier: Apache-2.0 */
/* waybill merge */
#include "cli/document_sources.h"
#include "cli/outputs.h"
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
    struct wb_outputs outputs;
    struct wb_document_source *sources;
    char **parts;
    size_t part_count, part_capacity;
    char **outputs_text;
    char *name;
    char *version;
    char *creator_text;
    char *supplier_text;
    struct wb_party_option creator;
    struct wb_party_option supplier;
    char *files_text;
    char *platform;
    int quiet;
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
    free(arguments->creator_text);
    free(arguments->supplier_text);
    wb_party_option_clear(&arguments->creator);
    wb_party_option_clear(&arguments->supplier);
    free(arguments->files_text);
    free(arguments->platform);
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
        {"creator", 0, POPT_ARG_STRING, &arguments->creator_text, 0, "who makes the document",
         "NAME|MAIL|URL|NAME <MAIL|URL>"},
        {"supplier", 0, POPT_ARG_STRING, &arguments->supplier_text, 0, "who supplies the whole",
         "NAME|MAIL|URL|NAME <MAIL|URL>"},
        {"files", 0, POPT_ARG_STRING, &arguments->files_text, 0,
         "which files of images to list (default: unowned)", "none|unowned|all"},
        {"platform", 0, POPT_ARG_STRING, &arguments->platform, 0,
         "choose this image of an index (default: this machine's)", "OS/ARCH[/VARIANT]"},
        {"quiet", 'q', POPT_ARG_NONE, &arguments->quiet, 0, "no progress, no warnings", NULL},
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    poptContext context = wb_options_open(&options, "waybill merge", argc, argv, table);
    int code = wb_options_next(&options);
    if (code == WB_OPTION_HELP) {
        wb_options_help(context, "[OPTION...] -o FORMAT FILE|IMAGE...", examples);
        *helped = true;
        return true;
    }
    if (code < -1)
        return wb_options_fault(context, code, err);
    return take_parts(context, arguments, err);
}

static bool choose_outputs(struct merge_arguments *arguments, struct wb_error *err)
{
    size_t count = wb_options_list_count(arguments->outputs_text);
    if (count == 0)
        return wb_error_set(err, WB_USAGE,
                            "-o FORMAT is missing; `waybill merge --help` shows examples");
    for (size_t i = 0; i < count; i++)
        if (!wb_outputs_add(&arguments->outputs, arguments->outputs_text[i], err))
            return false;
    return wb_outputs_check(&arguments->outputs, false, err);
}

static bool is_utf8(const char *option, const char *text, struct wb_error *err)
{
    return text == NULL || wb_utf8_valid(text, strlen(text)) ||
           wb_error_set(err, WB_USAGE, "--%s: it is not UTF-8", option);
}

/* ---- the work ---- */

static bool open_parts(struct merge_arguments *arguments, struct wb_error *err)
{
    struct wb_document_source_options options = {.platform = arguments->platform,
                                                 .quiet = arguments->quiet != 0};
    if (!wb_files_option(arguments->files_text, &options.files, err))
        return false;
    for (size_t i = 0; i < arguments->part_count; i++) {
        if (!wb_document_source_open(arguments->parts[i], &options, &arguments->sources[i], err))
            return false;
        if (!arguments->quiet)
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
        .creator = arguments->creator.party,
        .supplier = arguments->supplier.party,
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
    return choose_outputs(arguments, err) && is_utf8("name", arguments->name, err) &&
           is_utf8("version", arguments->version, err) &&
           wb_party_option_read("creator", arguments->creator_text, &arguments->creator, err) &&
           wb_party_option_read("supplier", arguments->supplier_text, &arguments->supplier, err) &&
           open_parts(arguments, err) && merge_parts(arguments, err);
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
