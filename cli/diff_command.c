/* SPDX-License-Identifier: Apache-2.0 */
/* waybill diff */
#include "cli/diff_output.h"
#include "cli/document_sources.h"
#include "cli/outputs.h"

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
    char *old;
    char *new;
    char *output_text;
    char *files_text;
    char *platform;
    int exit_code;
    int quiet;
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
        {"files", 0, POPT_ARG_STRING, &arguments->files_text, 0,
         "which files of images to compare (default: unowned)", "none|unowned|all"},
        {"platform", 0, POPT_ARG_STRING, &arguments->platform, 0,
         "choose this image of an index (default: this machine's)", "OS/ARCH[/VARIANT]"},
        {"quiet", 'q', POPT_ARG_NONE, &arguments->quiet, 0, "no progress, no warnings", NULL},
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    poptContext context = wb_options_open(&options, "waybill diff", argc, argv, table);
    int code = wb_options_next(&options);
    if (code == WB_OPTION_HELP) {
        wb_options_help(context, "[OPTION...] OLD NEW", examples);
        *helped = true;
        return true;
    }
    if (code < -1)
        return wb_options_fault(context, code, err);
    return take_arguments(context, arguments, err);
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
    if (!difference.files_compared && wanted && !arguments->quiet)
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
    struct wb_document_source_options options = {.platform = arguments->platform,
                                                 .quiet = arguments->quiet != 0};
    if (!choose_writer(arguments->output_text, &write, err) ||
        !wb_files_option(arguments->files_text, &options.files, err))
        return false;
    WB_AUTO_VALUE(wb_document_source) old = {0};
    WB_AUTO_VALUE(wb_document_source) new = {0};
    return wb_document_source_open(arguments->old, &options, &old, err) &&
           wb_document_source_open(arguments->new, &options, &new, err) &&
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
    free(arguments.files_text);
    free(arguments.platform);
    return good ? WB_OK : err.status;
}
