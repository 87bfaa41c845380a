/* SPDX-License-Identifier: Apache-2.0 */
/* waybill query */
#include "cli/query_output.h"

#include <stdlib.h>
#include <string.h>

static const char examples[] = "  waybill query image.spdx.json --package 'openssl*'\n"
                               "      is it in there, and in which version\n"
                               "  waybill query oci:image:1.0 --file /usr/bin/curl\n"
                               "      which package a file belongs to\n"
                               "  waybill query image.cdx.json --license 'AGPL-*'\n"
                               "      what is under such a licence\n"
                               "  waybill query oci:image:1.0 --licenses\n"
                               "      all licences, each with its packages\n"
                               "  waybill query oci:image:1.0 --why libldap\n"
                               "      which chains of dependencies bring it in\n";

struct query_arguments {
    struct wb_query query;
    char *source;
    char *package;
    char *file;
    char *licence;
    char *why;
    int licences;
    char *output_text;
    struct wb_reading_options reading;
};

static bool parse_arguments(int argc, const char **argv, struct query_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        {"package", 0, POPT_ARG_STRING, &arguments->package, 0, "packages of this name", "PATTERN"},
        {"file", 0, POPT_ARG_STRING, &arguments->file, 0, "files of this path, and their packages",
         "PATTERN"},
        {"license", 0, POPT_ARG_STRING, &arguments->licence, 0,
         "packages under this licence, or under it among others", "PATTERN"},
        {"licenses", 0, POPT_ARG_NONE, &arguments->licences, 0,
         "all licences, each with the packages that are under it", NULL},
        {"why", 0, POPT_ARG_STRING, &arguments->why, 0,
         "the chains of dependencies that bring a package in", "NAME"},
        {"output", 'o', POPT_ARG_STRING, &arguments->output_text, 0,
         "how to say it (default: text)", "text|json"},
        WB_DOCUMENT_SOURCE_OPTIONS(&arguments->reading),
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    const struct wb_usage usage = {table, "[OPTION...] FILE|IMAGE", examples};
    return wb_options_read(&options, &usage, argc, argv, helped, err) &&
           (*helped ||
            wb_options_argument(options.context, "document or image", &arguments->source, err));
}

static bool choose_question(struct query_arguments *arguments, struct wb_error *err)
{
    const struct {
        const char *pattern;
        enum wb_query_kind kind;
    } questions[] = {
        {arguments->package, WB_QUERY_PACKAGE},
        {arguments->file, WB_QUERY_FILE},
        {arguments->licence, WB_QUERY_LICENCE},
        {arguments->why, WB_QUERY_WHY},
        {arguments->licences != 0 ? "licences" : NULL, WB_QUERY_LICENCES},
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++)
        if (questions[i].pattern != NULL) {
            arguments->query =
                (struct wb_query){.kind = questions[i].kind, .pattern = questions[i].pattern};
            count++;
        }
    return count == 1 || wb_error_set(err, WB_USAGE,
                                      "one of --package, --file, --license, --licenses and "
                                      "--why says what to look for");
}

static bool run(struct query_arguments *arguments, struct wb_error *err)
{
    bool json = false;
    if (!choose_question(arguments, err) ||
        !wb_options_text_or_json(arguments->output_text, &json, err))
        return false;
    if (arguments->query.kind == WB_QUERY_FILE)
        arguments->reading.files = wb_string_copy("all");
    WB_AUTO_VALUE(wb_document_source) source = {0};
    if (!wb_document_source_open(arguments->source, &arguments->reading, &source, err))
        return false;
    WB_AUTO(wb_output) *output = wb_output_open("-", err);
    if (output == NULL)
        return false;
    size_t found = json ? wb_query_write_json(&arguments->query, source.bom, output)
                        : wb_query_write_text(&arguments->query, source.bom, output);
    if (!wb_output_flush(output, err) || !wb_output_commit(output, err))
        return false;
    /* By default documents leave out the files of packages: an image is read for all of them. */
    bool may_be_unlisted = arguments->query.kind == WB_QUERY_FILE && source.set == NULL;
    return found > 0 ||
           wb_error_set(err, WB_CHECK_FAILED, "%s: nothing found for %s%s", arguments->source,
                        arguments->query.pattern,
                        may_be_unlisted ? " among the files it lists (a document made with "
                                          "`--files all` lists those of packages too)"
                                        : "");
}

enum wb_status wb_query_command(int argc, const char **argv)
{
    struct query_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    free(arguments.source);
    free(arguments.package);
    free(arguments.file);
    free(arguments.licence);
    free(arguments.why);
    free(arguments.output_text);
    wb_reading_options_clear(&arguments.reading);
    return good ? WB_OK : err.status;
}
