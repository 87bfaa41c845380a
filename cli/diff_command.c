/* SPDX-License-Identifier: Apache-2.0 */
/* waybill diff */
#include "cli/diff_output.h"
#include "cli/document_sources.h"

#include <stdlib.h>
#include <string.h>

static const char examples[] =
    "  waybill diff old.spdx.json new.spdx.json\n"
    "      what changed between two releases\n"
    "  waybill diff oci:image:1.0 oci:image:1.1 -o markdown > changes.md\n"
    "      of two images, as a piece of a release note\n"
    "  waybill diff golden.cdx.json docker-archive:image.tar --exit-code\n"
    "      status 1 when the image is not what it was\n";

struct diff_arguments {
    struct wb_reading_options reading;
    char *old;
    char *new;
    char *output_text;
    int exit_code;
};

typedef void diff_writer(const struct wb_diff_report *report, struct wb_output *output);

static bool take_arguments(poptContext context, struct diff_arguments *arguments,
                           struct wb_error *err)
{
    const char *old = poptGetArg(context), *new = poptGetArg(context);
    if (old == NULL || new == NULL || poptPeekArg(context) != NULL)
        return wb_error_set(err, WB_USAGE,
                            "two documents or images are compared; `waybill diff --help` shows "
                            "examples");
    arguments->old = wb_string_copy(old);
    arguments->new = wb_string_copy(new);
    return true;
}

static bool parse_arguments(int argc, const char **argv, struct diff_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        {"output", 'o', POPT_ARG_STRING, &arguments->output_text, 0,
         "how to say it (default: text)", "text|json|markdown"},
        {"exit-code", 0, POPT_ARG_NONE, &arguments->exit_code, 0,
         "end with 1 when anything differs", NULL},
        WB_FILES_OPTION(&arguments->reading, "which files of images to compare (default: unowned)"),
        WB_DOCUMENT_SOURCE_OPTIONS(&arguments->reading),
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    const struct wb_usage usage = {table, "[OPTION...] OLD NEW", examples};
    return wb_options_read(&options, &usage, argc, argv, helped, err) &&
           (*helped || take_arguments(options.context, arguments, err));
}

static bool choose_writer(const char *text, diff_writer **writer, struct wb_error *err)
{
    static const struct {
        const char *name;
        diff_writer *write;
    } writers[] = {
        {"text", wb_diff_write_text},
        {"json", wb_diff_write_json},
        {"markdown", wb_diff_write_markdown},
    };
    for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++)
        if (text == NULL || strcmp(writers[i].name, text) == 0) {
            *writer = writers[i].write;
            return true;
        }
    return wb_error_set(err, WB_USAGE, "--output %s: it is text, json or markdown", text);
}

static bool write_report(const struct wb_diff_report *report, diff_writer *write,
                         struct wb_error *err)
{
    WB_AUTO(wb_output) *output = wb_output_open("-", err);
    if (output == NULL)
        return false;
    write(report, output);
    return wb_output_flush(output, err) && wb_output_commit(output, err);
}

static bool compare(const struct diff_arguments *arguments, const struct wb_document_source *old,
                    const struct wb_document_source *new, diff_writer *write, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_difference) difference = {0};
    wb_difference_find(old->bom, new->bom, &difference);
    bool wanted =
        old->bom->file_selection != WB_FILES_NONE || new->bom->file_selection != WB_FILES_NONE;
    if (!difference.files_compared && wanted && !arguments->reading.quiet)
        wb_say_warning("the two do not list the same kinds of files: files are not compared");
    const struct wb_diff_report report = {old->bom, new->bom, &difference};
    if (!write_report(&report, write, err))
        return false;
    return !arguments->exit_code || wb_difference_is_empty(&difference) ||
           wb_error_set(err, WB_CHECK_FAILED, "%s and %s differ", old->text, new->text);
}

static bool run(const struct diff_arguments *arguments, struct wb_error *err)
{
    diff_writer *write = NULL;
    if (!choose_writer(arguments->output_text, &write, err))
        return false;
    WB_AUTO_VALUE(wb_document_source) old = {0};
    WB_AUTO_VALUE(wb_document_source) new = {0};
    return wb_document_source_open(arguments->old, &arguments->reading, &old, err) &&
           wb_document_source_open(arguments->new, &arguments->reading, &new, err) &&
           compare(arguments, &old, &new, write, err);
}

enum wb_status wb_diff_command(int argc, const char **argv)
{
    struct diff_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    free(arguments.old);
    free(arguments.new);
    free(arguments.output_text);
    wb_reading_options_clear(&arguments.reading);
    return good ? WB_OK : err.status;
}
