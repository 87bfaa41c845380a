/* SPDX-License-Identifier: Apache-2.0 */
/* waybill audit */
#include "cli/auditing.h"
#include "cli/outputs.h"
#include "cli/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char examples[] =
    "  waybill audit oci:build/image:v1\n"
    "      list what a hardening team would object to, worst first\n"
    "  waybill audit --fail-on high --waivers waivers.json -o sarif=audit.sarif -o table "
    "image.tar\n"
    "      for a pipeline: exit 1 when something high or critical is left\n"
    "  waybill audit --baseline last.json --fail-on low -o json=now.json oci:build/image:v2\n"
    "      only what was not found in the last report counts\n"
    "  waybill audit --max-age 30d --allow-account app -o spdx-json=image.spdx.json image.tar\n"
    "      how fresh it is; and its SBOM, from the same reading\n";

/* As enum wb_audit_format has them. */
static const char *const format_names[] = {
    [WB_AUDIT_TABLE] = "table", [WB_AUDIT_JSON] = "json", [WB_AUDIT_SARIF] = "sarif", NULL};

struct audit_command {
    struct wb_reading_options reading;
    struct wb_audit_arguments audit;
    struct wb_outputs outputs;
    struct wb_other_outputs reports;
    struct wb_auditing auditing;
    char *reference;
    char *fail_on;
    enum wb_audit_severity fail_from; /* --fail-on */
    size_t failing;                   /* findings that it is about */
};

enum audit_option {
    OPTION_OUTPUT = WB_OPTION_FIRST_OF_COMMAND,
    OPTION_LIST_CHECKS,
};

static void clear_command(struct audit_command *command)
{
    wb_auditing_clear(&command->auditing);
    wb_outputs_clear(&command->outputs);
    wb_audit_arguments_clear(&command->audit);
    wb_reading_options_clear(&command->reading);
    free(command->reference);
    free(command->fail_on);
}

/* ---- the command line ---- */

static void list_checks(void)
{
    size_t count;
    const struct wb_audit_check *checks = wb_audit_checks(&count);
    for (size_t i = 0; i < count; i++)
        printf("%-26s %-12s %s%s%s%s\n", checks[i].id, wb_audit_severity_name(checks[i].severity),
               checks[i].title, checks[i].reference == NULL ? "" : " (",
               checks[i].reference == NULL ? "" : checks[i].reference,
               checks[i].reference == NULL ? "" : ")");
}

static void help(poptContext context)
{
    wb_options_help(context, "[OPTION...] IMAGE", examples);
    printf("\n" WB_READING_HELP " SEVERITY is critical, high, medium, low or information.\n\n"
           "FORMAT is table, json or sarif, or for an SBOM beside them:\n");
    wb_outputs_help();
}

static bool read_options(struct wb_options *options, struct audit_command *command, bool *done,
                         struct wb_error *err)
{
    poptContext context = options->context;
    int code;
    while ((code = wb_options_next(options)) > 0) {
        if (code == WB_OPTION_HELP || code == OPTION_LIST_CHECKS) {
            if (code == WB_OPTION_HELP)
                help(context);
            else
                list_checks();
            *done = true;
            return true;
        }
        WB_AUTO_STRING text = poptGetOptArg(context);
        if (!wb_outputs_add(&command->outputs, text, err))
            return false;
    }
    if (code < -1)
        return wb_options_fault(context, code, err);
    return wb_options_argument(context, "image", &command->reference, err);
}

static bool parse_arguments(int argc, const char **argv, struct audit_command *command, bool *done,
                            struct wb_error *err)
{
    const struct poptOption table[] = {
        {"output", 'o', POPT_ARG_STRING, NULL, OPTION_OUTPUT,
         "write this report or document, several times for several; FILE `-` or none is standard "
         "output (default: table)",
         "FORMAT[=FILE]"},
        {"fail-on", 0, POPT_ARG_STRING, &command->fail_on, 0,
         "exit 1 when a finding that counts is as severe as this", "SEVERITY"},
        {"baseline", 0, POPT_ARG_STRING, &command->audit.baseline, 0,
         "an earlier report (json): what it has does not count", "FILE"},
        WB_AUDIT_OPTIONS(&command->audit),
        WB_READING_OPTIONS(&command->reading),
        WB_FILES_OPTION(&command->reading,
                        "which files an SBOM beside it lists (default: unowned)"),
        {"list-checks", 0, POPT_ARG_NONE, NULL, OPTION_LIST_CHECKS,
         "list the checks with their severities", NULL},
        {"quiet", 'q', POPT_ARG_NONE, &command->reading.quiet, 0, "no progress and no notes", NULL},
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    wb_options_open(&options, "waybill audit", argc, argv, table);
    return read_options(&options, command, done, err);
}

/* ---- the work ---- */

static void write_report(void *context, size_t name, struct wb_output *output)
{
    const struct audit_command *command = context;
    wb_audit_write(wb_audit_report_of(command->auditing.audit), (enum wb_audit_format)name, output);
}

static void count_failing(struct audit_command *command)
{
    const struct wb_audit_report *report = wb_audit_report_of(command->auditing.audit);
    for (size_t i = 0; i < report->finding_count; i++) {
        const struct wb_audit_finding *finding = &report->findings[i];
        command->failing += finding->severity >= command->fail_from && finding->waiver == NULL &&
                            !finding->in_baseline;
    }
}

static bool audit_image(void *context, const struct wb_bom *bom, struct wb_error *err)
{
    struct audit_command *command = context;
    wb_reading_say_warnings(bom);
    wb_auditing_say_notes(wb_audit_report_of(command->auditing.audit));
    if (command->fail_on != NULL)
        count_failing(command);
    return wb_outputs_write(&command->outputs, bom, err);
}

static bool check_failing(const struct audit_command *command, struct wb_error *err)
{
    return command->failing == 0 ||
           wb_error_set(err, WB_CHECK_FAILED, "%zu finding%s as severe as %s, or more",
                        command->failing, command->failing == 1 ? " is" : "s are",
                        command->fail_on);
}

static bool prepare(struct audit_command *command, struct wb_reading *reading, struct wb_error *err)
{
    if (!wb_reading_prepare(&command->reading, reading, err))
        return false;
    if (command->fail_on != NULL && !wb_audit_severity_parse(command->fail_on, &command->fail_from))
        return wb_error_set(err, WB_USAGE,
                            "--fail-on %s: it is critical, high, medium, low or information",
                            command->fail_on);
    if ((command->outputs.choice_count == 0 && !wb_outputs_add(&command->outputs, "table", err)) ||
        !wb_outputs_check(&command->outputs, reading->all_platforms, err) ||
        !wb_auditing_open(&command->audit, &command->auditing, err))
        return false;
    wb_audit_plug(command->auditing.audit, &reading->sbom);
    return true;
}

static bool run(struct audit_command *command, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_reading) reading = {0};
    WB_AUTO_VALUE(wb_reference) reference = {0};
    if (!prepare(command, &reading, err) ||
        !wb_image_reference(command->reference, &command->reading.registry, &reference, err))
        return false;
    return (wb_reading_open(&reading, &reference, err) &&
            wb_reading_visit(&reading, audit_image, command, err) &&
            wb_outputs_commit(&command->outputs, err) && check_failing(command, err)) ||
           wb_error_context(err, "%s", command->reference);
}

enum wb_status wb_audit_command(int argc, const char **argv)
{
    struct audit_command command = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool done = false;
    command.reports = (struct wb_other_outputs){
        .names = format_names, .write = write_report, .context = &command};
    command.outputs.others = &command.reports;
    bool good = parse_arguments(argc, argv, &command, &done, &err) && (done || run(&command, &err));
    if (!good)
        wb_say_error(&err);
    clear_command(&command);
    return good ? WB_OK : err.status;
}
