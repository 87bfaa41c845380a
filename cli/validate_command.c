/* SPDX-License-Identifier: Apache-2.0 */
/* waybill validate */
#include "cli/documents.h"
#include "formats/minimum_elements.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char examples[] = "  waybill validate image.spdx.json\n"
                               "      structure, ids, references, licences, purls\n"
                               "  waybill validate image.cdx.json --profile ntia\n"
                               "      and the minimum elements of the NTIA, for each component\n"
                               "  waybill sbom oci:build/image:v1 -o cyclonedx-json | waybill "
                               "validate - --profile bsi -o json\n"
                               "      for programs\n";

struct validate_arguments {
    char *path;
    char *output_text;
    char **profiles_text;
    int quiet;
};

static bool parse_arguments(int argc, const char **argv, struct validate_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        {"profile", 0, POPT_ARG_ARGV, &arguments->profiles_text, 0,
         "ask for the elements of this list, too, several times for several", "ntia|bsi|cisa"},
        {"output", 'o', POPT_ARG_STRING, &arguments->output_text, 0,
         "how to say it (default: text)", "text|json"},
        {"quiet", 'q', POPT_ARG_NONE, &arguments->quiet, 0, "say nothing of a valid document",
         NULL},
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    const struct wb_usage usage = {table, "[OPTION...] FILE", examples};
    return wb_options_read(&options, &usage, argc, argv, helped, err) &&
           (*helped || wb_options_argument(options.context, "document", &arguments->path, err));
}

/* ---- what is missing ---- */

/* Adds what the profiles miss; they are asked of what is well-formed enough to be read. */
static bool ask_profiles(const struct validate_arguments *arguments, struct wb_bytes document,
                         const char *version, struct wb_minimum_elements *elements,
                         struct wb_error *err)
{
    size_t count = wb_options_list_count(arguments->profiles_text);
    const struct wb_element_profile *profiles[8];
    for (size_t i = 0; i < count; i++) {
        if (i == sizeof profiles / sizeof profiles[0])
            return wb_error_set(err, WB_USAGE, "--profile is given too often");
        profiles[i] = wb_element_profile_find(arguments->profiles_text[i]);
        if (profiles[i] == NULL)
            return wb_error_set(err, WB_USAGE, "--profile %s: it is ntia, bsi or cisa",
                                arguments->profiles_text[i]);
    }
    if (count == 0)
        return true;
    WB_AUTO(wb_bom) *bom = wb_document_read(document, err);
    if (bom == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        wb_minimum_elements_check(profiles[i], bom, *version == '\0' ? NULL : version, elements);
    return true;
}

/* ---- text ---- */

/* `line` 0: none. */
static void print_line(size_t line, const char *place, const char *message)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    if (line > 0)
        printf("line %zu: ", line);
    printf("%s: %s\n", wb_utf8_escape_line(arena, place), wb_utf8_escape_line(arena, message));
}

static void print_text(const struct validate_arguments *arguments,
                       const struct wb_document_verdict *verdict,
                       const struct wb_minimum_elements *elements)
{
    for (size_t i = 0; i < verdict->count; i++)
        print_line(verdict->faults[i].line,
                   verdict->faults[i].pointer[0] == '\0' ? "(document)"
                                                         : verdict->faults[i].pointer,
                   verdict->faults[i].message);
    if (verdict->left_out > 0)
        printf("and %zu more\n", verdict->left_out);
    for (size_t i = 0; i < elements->count; i++) {
        const struct wb_missing_element *missing = &elements->missing[i];
        WB_AUTO_STRING message =
            wb_string_format("%s: %s is missing", missing->profile->name, missing->element);
        print_line(0, missing->component == NULL ? "(document)" : missing->component, message);
    }
    if (verdict->count == 0 && elements->count == 0 && !arguments->quiet)
        printf("valid %s\n", verdict->format);
}

/* ---- JSON ---- */

static void write_faults(struct wb_json_writer *json, const struct wb_document_verdict *verdict)
{
    wb_json_key(json, "faults");
    wb_json_begin_array(json);
    for (size_t i = 0; i < verdict->count; i++) {
        wb_json_begin_object(json);
        wb_json_member(json, "kind", verdict->faults[i].meaning ? "meaning" : "structure");
        wb_json_key(json, "pointer");
        wb_json_string(json, verdict->faults[i].pointer);
        if (verdict->faults[i].line > 0) {
            wb_json_key(json, "line");
            wb_json_integer(json, (int64_t)verdict->faults[i].line);
        }
        wb_json_key(json, "message");
        wb_json_string(json, verdict->faults[i].message);
        wb_json_end_object(json);
    }
    wb_json_end_array(json);
    if (verdict->left_out > 0) {
        wb_json_key(json, "faultsLeftOut");
        wb_json_integer(json, (int64_t)verdict->left_out);
    }
}

static void write_missing(struct wb_json_writer *json, const struct wb_minimum_elements *elements)
{
    wb_json_key(json, "missing");
    wb_json_begin_array(json);
    for (size_t i = 0; i < elements->count; i++) {
        const struct wb_missing_element *missing = &elements->missing[i];
        wb_json_begin_object(json);
        wb_json_member(json, "profile", missing->profile->name);
        wb_json_member(json, "element", missing->element);
        wb_json_member(json, "component", missing->component);
        wb_json_end_object(json);
    }
    wb_json_end_array(json);
}

static bool print_json(const struct validate_arguments *arguments,
                       const struct wb_document_verdict *verdict,
                       const struct wb_minimum_elements *elements, struct wb_error *err)
{
    WB_AUTO(wb_output) *output = wb_output_open("-", err);
    if (output == NULL)
        return false;
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    wb_json_begin_object(json);
    wb_json_key(json, "valid");
    wb_json_boolean(json, verdict->count == 0);
    wb_json_member(json, "format", verdict->format);
    write_faults(json, verdict);
    if (wb_options_list_count(arguments->profiles_text) > 0)
        write_missing(json, elements);
    wb_json_end_object(json);
    wb_json_finish(json);
    return wb_output_flush(output, err) && wb_output_commit(output, err);
}

/* ---- the command ---- */

static bool run(const struct validate_arguments *arguments, struct wb_error *err)
{
    bool json = false;
    if (!wb_options_text_or_json(arguments->output_text, &json, err))
        return false;
    WB_AUTO_VALUE(wb_buffer) content = {0};
    WB_AUTO_VALUE(wb_document_verdict) verdict = {0};
    WB_AUTO_VALUE(wb_minimum_elements) elements = {0};
    const char *name = strcmp(arguments->path, "-") == 0 ? "standard input" : arguments->path;
    if (!wb_document_content(arguments->path, &content, err))
        return false;
    if (!wb_document_validate(wb_buffer_bytes(&content), &verdict, err) ||
        !ask_profiles(arguments, wb_buffer_bytes(&content), verdict.version, &elements, err))
        return wb_error_context(err, "%s", name);
    if (json) {
        if (!print_json(arguments, &verdict, &elements, err))
            return false;
    } else {
        print_text(arguments, &verdict, &elements);
    }
    if (verdict.count > 0)
        return wb_error_set(err, WB_CHECK_FAILED, "%s: not valid (%s)", name, verdict.format);
    return elements.count == 0 ||
           wb_error_set(err, WB_CHECK_FAILED, "%s: %zu element%s missing", name, elements.count,
                        elements.count == 1 ? " is" : "s are");
}

enum wb_status wb_validate_command(int argc, const char **argv)
{
    struct validate_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    wb_options_list_free(arguments.profiles_text);
    free(arguments.output_text);
    free(arguments.path);
    return good ? WB_OK : err.status;
}
