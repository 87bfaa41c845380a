/* SPDX-License-Identifier: Apache-2.0 */
/* waybill policy */
#include "cli/cli.h"
#include "verify/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char examples[] =
    "  waybill policy check policy.json\n"
    "      say in plain words what the policy demands, or what is wrong with it\n"
    "  waybill policy check policy.json -o json | jq -e '.warnings == []'\n"
    "      fail on what is allowed but hardly meant, too\n";

struct policy_arguments {
    char *file;
    char *output;
    bool json;
};

static bool read_arguments(poptContext context, struct policy_arguments *arguments,
                           struct wb_error *err)
{
    const char *task = poptGetArg(context);
    if (task == NULL || strcmp(task, "check") != 0)
        return wb_error_set(err, WB_USAGE,
                            "what to do with the policy? `waybill policy check FILE`");
    return wb_options_argument(context, "policy", &arguments->file, err) &&
           wb_options_text_or_json(arguments->output, &arguments->json, err);
}

static bool parse_arguments(int argc, const char **argv, struct policy_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        {"output", 'o', POPT_ARG_STRING, &arguments->output, 0,
         "how to say what it demands (default: text)", "text|json"},
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    const struct wb_usage usage = {table, "check [OPTION...] FILE", examples};
    return wb_options_read(&options, &usage, argc, argv, helped, err) &&
           (*helped || read_arguments(options.context, arguments, err));
}

/* ---- saying it ---- */

static bool print_json(const char *explanation, const char *warnings,
                       const struct wb_error *failure, struct wb_error *err)
{
    WB_AUTO(wb_output) *output = wb_output_open("-", err);
    if (output == NULL)
        return false;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    wb_json_begin_object(json);
    wb_json_key(json, "valid");
    wb_json_boolean(json, failure == NULL);
    if (failure != NULL)
        wb_json_member(json, "failure", wb_utf8_escape_line(arena, failure->message));
    wb_lines_write(json, "explanation", explanation);
    wb_lines_write(json, "warnings", warnings);
    wb_json_end_object(json);
    wb_json_finish(json);
    return wb_output_commit(output, err);
}

static bool run(const struct policy_arguments *arguments, struct wb_error *err)
{
    WB_AUTO(wb_policy) *policy = wb_policy_open(arguments->file, err);
    WB_AUTO_VALUE(wb_buffer) explanation = {0};
    WB_AUTO_VALUE(wb_buffer) warnings = {0};
    if (policy != NULL) {
        wb_policy_explain(policy, &explanation);
        wb_policy_warnings(policy, &warnings);
        if (wb_policy_wants_trusted_root(policy))
            wb_buffer_append_text(&warnings, "keyless signers are believed only with a trusted "
                                             "root: `trustedRoot`, or --trusted-root\n");
    }
    const char *said = (const char *)explanation.data, *warned = (const char *)warnings.data;
    struct wb_error failure = WB_ERROR_INIT;
    if (arguments->json && !print_json(said, warned, policy == NULL ? err : NULL, &failure)) {
        if (policy != NULL)
            *err = failure;
        return false;
    }
    if (policy == NULL || arguments->json)
        return policy != NULL;
    wb_lines_say_warnings(warned);
    fputs(said, stdout);
    return true;
}

enum wb_status wb_policy_command(int argc, const char **argv)
{
    struct policy_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    free(arguments.file);
    free(arguments.output);
    return good ? WB_OK : err.status;
}
