/* SPDX-License-Identifier: Apache-2.0 */
/* waybill audit */
#include "cli/auditing.h"
#include "cli/outputs.h"

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
    struct wb_audit_arguments audit;
    struct wb_outputs outputs;
    struct wb_other_outputs reports;
    struct wb_auditing auditing;
    char *reference;
    char *platform_text;
    char *files_text;
    char *fail_on;
    char *max_layer_size_text;
    int all_platforms;
    int threads;
    int quiet;
    size_t failing; /* findings that --fail-on is about */
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
    free(command->reference);
    free(command->platform_text);
    free(command->files_text);
    free(command->fail_on);
    free(command->max_layer_size_text);
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
    printf("\nIMAGE is oci:DIR[:TAG|@DIGEST], oci-archive:FILE[:TAG|@DIGEST],\n"
           "docker-archive:FILE[:NAME:TAG], dir:ROOTFS, a path, or - for an archive on\n"
           "standard input. SEVERITY is critical, high, medium, low or information.\n\n"
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
        {"platform", 0, POPT_ARG_STRING, &command->platform_text, 0,
         "choose this image of an index (default: this machine's)", "OS/ARCH[/VARIANT]"},
        {"all-platforms", 0, POPT_ARG_NONE, &command->all_platforms, 0,
         "every image of an index; `{platform}` in FILE names it", NULL},
        {"files", 0, POPT_ARG_STRING, &command->files_text, 0,
         "which files an SBOM beside it lists (default: unowned)", "none|unowned|all"},
        {"max-layer-size", 0, POPT_ARG_STRING, &command->max_layer_size_text, 0,
         "refuse a layer that unpacks to more (default: 64G)", "SIZE[K|M|G|T]"},
        {"threads", 0, POPT_ARG_INT, &command->threads, 0,
         "how many layers to read at the same time (default: one for each processor)", "N"},
        {"list-checks", 0, POPT_ARG_NONE, NULL, OPTION_LIST_CHECKS,
         "list the checks with their severities", NULL},
        {"quiet", 'q', POPT_ARG_NONE, &command->quiet, 0, "no progress and no notes", NULL},
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    wb_options_open(&options, "waybill audit", argc, argv, table);
    return read_options(&options, command, done, err);
}

static bool interpret(struct audit_command *command, struct wb_sbom_options *options,
                      enum wb_audit_severity *fail_on, struct wb_error *err)
{
    if (!wb_files_option(command->files_text, &options->files, err))
        return false;
    if (command->fail_on != NULL && !wb_audit_severity_parse(command->fail_on, fail_on))
        return wb_error_set(err, WB_USAGE,
                            "--fail-on %s: it is critical, high, medium, low or information",
                            command->fail_on);
    if (command->max_layer_size_text != NULL &&
        !wb_options_size(command->max_layer_size_text, &options->layer.max_layer_size))
        return wb_error_set(err, WB_USAGE,
                            "--max-layer-size %s: it is a number of bytes, as 500M or 2G",
                            command->max_layer_size_text);
    if (command->threads < 0)
        return wb_error_set(err, WB_USAGE, "--threads %d: it is a positive number",
                            command->threads);
    if (command->platform_text != NULL && command->all_platforms)
        return wb_error_set(err, WB_USAGE, "--platform and --all-platforms exclude each other");
    options->layer.threads = (unsigned)command->threads;
    options->tool_version = WAYBILL_VERSION;
    if (command->outputs.choice_count == 0 && !wb_outputs_add(&command->outputs, "table", err))
        return false;
    return wb_outputs_check(&command->outputs, command->all_platforms != 0, err);
}

/* ---- the work ---- */

static void show_progress(void *context, uint64_t done, uint64_t total)
{
    wb_progress_show(context, done, total);
}

static void write_report(void *context, size_t name, struct wb_output *output)
{
    const struct audit_command *command = context;
    wb_audit_write(wb_audit_report_of(command->auditing.audit), (enum wb_audit_format)name, output);
}

static void count_failing(struct audit_command *command, enum wb_audit_severity fail_on)
{
    const struct wb_audit_report *report = wb_audit_report_of(command->auditing.audit);
    for (size_t i = 0; i < report->finding_count; i++) {
        const struct wb_audit_finding *finding = &report->findings[i];
        command->failing +=
            finding->severity >= fail_on && finding->waiver == NULL && !finding->in_baseline;
    }
}

static bool audit_image(struct audit_command *command, struct wb_image *image,
                        const struct wb_sbom_options *options, enum wb_audit_severity fail_on,
                        struct wb_progress *progress, struct wb_error *err)
{
    WB_AUTO(wb_bom) *bom = wb_sbom_generate(image, options, err);
    wb_progress_end(progress);
    if (bom == NULL)
        return false;
    for (size_t i = 0; i < bom->finding_count; i++)
        if (bom->findings[i].severity == WB_SEVERITY_WARNING)
            wb_say_warning(bom->findings[i].message);
    wb_auditing_say_notes(wb_audit_report_of(command->auditing.audit));
    if (command->fail_on != NULL)
        count_failing(command, fail_on);
    return wb_outputs_write(&command->outputs, bom, err);
}

static bool audit_set(struct audit_command *command, struct wb_image_set *set,
                      const struct wb_sbom_options *options, enum wb_audit_severity fail_on,
                      struct wb_progress *progress, struct wb_error *err)
{
    size_t count = wb_image_set_count(set);
    for (size_t i = 0; i < count; i++) {
        struct wb_image *image = wb_image_set_get(set, i);
        if (audit_image(command, image, options, fail_on, progress, err))
            continue;
        char platform[100];
        if (count > 1)
            wb_error_context(err, "%s",
                             wb_platform_format(&wb_image_describe(image)->platform, platform));
        return false;
    }
    return wb_outputs_commit(&command->outputs, err) &&
           (command->failing == 0 ||
            wb_error_set(err, WB_CHECK_FAILED, "%zu finding%s as severe as %s, or more",
                         command->failing, command->failing == 1 ? " is" : "s are",
                         command->fail_on));
}

static bool run(struct audit_command *command, struct wb_error *err)
{
    struct wb_sbom_options options = {.files = WB_FILES_UNOWNED};
    enum wb_audit_severity fail_on = WB_AUDIT_CRITICAL;
    struct wb_platform platform;
    WB_AUTO_VALUE(wb_reference) reference = {0};
    if (!interpret(command, &options, &fail_on, err) ||
        (command->platform_text != NULL &&
         !wb_platform_parse(command->platform_text, &platform, err)) ||
        !wb_auditing_open(&command->audit, &command->auditing, err) ||
        !wb_reference_parse(command->reference, &reference, err))
        return false;
    struct wb_progress progress;
    wb_progress_start(&progress, "reading layers", command->quiet != 0);
    options.layer.progress = show_progress;
    options.layer.context = &progress;
    wb_sbom_layer_options(&options);
    wb_audit_plug(command->auditing.audit, &options);
    struct wb_image_options image_options = {
        .platform = command->platform_text == NULL ? NULL : &platform,
        .all_platforms = command->all_platforms != 0,
        .layer = options.layer,
    };
    WB_AUTO(wb_image_set) *set = wb_image_set_open(&reference, &image_options, err);
    bool good = set != NULL && audit_set(command, set, &options, fail_on, &progress, err);
    wb_progress_end(&progress);
    return good || wb_error_context(err, "%s", command->reference);
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
