/* SPDX-License-Identifier: Apache-2.0 */
/* waybill convert */
#include "cli/documents.h"
#include "cli/outputs.h"

#include <stdlib.h>
#include <string.h>

static const char examples[] =
    "  waybill convert image.spdx.json -o cyclonedx-json=image.cdx.json\n"
    "      from SPDX to CycloneDX\n"
    "  waybill convert image.cdx.json -o cyclonedx-xml@1.5\n"
    "      in an older version, as XML, on standard output\n"
    "  syft scan dir:. -o spdx-json | waybill convert - -o coswid=tags.coswid\n"
    "      from another tool's document to CoSWID tags\n";

struct convert_arguments {
    struct wb_outputs outputs;
    char **outputs_text;
    char *path;
    int quiet;
    int exit_code;
};

static bool parse_arguments(int argc, const char **argv, struct convert_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        {"output", 'o', POPT_ARG_ARGV, &arguments->outputs_text, 0,
         "write this format, several times for several", "FORMAT[@VERSION][=FILE]"},
        {"exit-code", 0, POPT_ARG_NONE, &arguments->exit_code, 0,
         "end with 1 when anything was lost", NULL},
        {"quiet", 'q', POPT_ARG_NONE, &arguments->quiet, 0, "do not say what was lost", NULL},
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    const struct wb_usage usage = {table, "[OPTION...] -o FORMAT FILE", examples};
    return wb_options_read(&options, &usage, argc, argv, helped, err) &&
           (*helped || wb_options_argument(options.context, "document", &arguments->path, err));
}

/* Formats that are not meant to be read again hold a part of what the model knows. */
static bool say_partial_formats(const struct convert_arguments *arguments)
{
    bool any = false;
    for (size_t i = 0; i < arguments->outputs.choice_count; i++) {
        const struct wb_format *format = arguments->outputs.choices[i].format;
        if (format->read != NULL)
            continue;
        WB_AUTO_STRING line = wb_string_format(
            "%s holds a part of the document only (docs/formats.md says which)", format->name);
        if (!arguments->quiet)
            wb_say_warning(line);
        any = true;
    }
    return any;
}

static bool run(struct convert_arguments *arguments, struct wb_error *err)
{
    if (!wb_outputs_choose(&arguments->outputs, arguments->outputs_text, "waybill convert", err))
        return false;
    WB_AUTO(wb_bom) *bom = wb_document_open(arguments->path, err);
    if (bom == NULL)
        return false;
    if (!arguments->quiet)
        wb_document_say_losses(bom, arguments->path);
    bool partial = say_partial_formats(arguments);
    if (!wb_outputs_write(&arguments->outputs, bom, err) ||
        !wb_outputs_commit(&arguments->outputs, err))
        return false;
    return !arguments->exit_code || (bom->loss_count == 0 && !partial) ||
           wb_error_set(err, WB_CHECK_FAILED, "%s: something was lost", arguments->path);
}

enum wb_status wb_convert_command(int argc, const char **argv)
{
    struct convert_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    wb_outputs_clear(&arguments.outputs);
    wb_options_list_free(arguments.outputs_text);
    free(arguments.path);
    return good ? WB_OK : err.status;
}
