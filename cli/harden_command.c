/* SPDX-License-Identifier: Apache-2.0 */
/* waybill harden */
#include "cli/auditing.h"
#include "cli/reading.h"

#include <stdlib.h>

static const char examples[] =
    "  waybill harden oci:build/image:v1 --dockerfile\n"
    "      print the steps that would remove what an audit finds\n"
    "  waybill harden image.tar --dockerfile -o Dockerfile.hardened --keep tzdata\n"
    "      write them to a file; the package tzdata stays\n"
    "  waybill harden dir:/mnt/rootfs --dockerfile --keep /usr/bin/find\n"
    "      a root file system does not say what it runs: --keep does\n";

struct harden_arguments {
    struct wb_reading_options reading;
    char *reference;
    char *output;
    struct wb_audit_arguments audit;
    struct wb_auditing auditing;
    int dockerfile;
};

static void clear_arguments(struct harden_arguments *arguments)
{
    wb_reading_options_clear(&arguments->reading);
    free(arguments->reference);
    free(arguments->output);
    wb_auditing_clear(&arguments->auditing);
    wb_audit_arguments_clear(&arguments->audit);
}

static bool parse_arguments(int argc, const char **argv, struct harden_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        {"dockerfile", 0, POPT_ARG_NONE, &arguments->dockerfile, 0,
         "write steps for a Dockerfile; nothing else can be written so far", NULL},
        {"output", 'o', POPT_ARG_STRING, &arguments->output, 0,
         "write them here (default: standard output)", "FILE"},
        WB_AUDIT_OPTIONS(&arguments->audit),
        WB_PLATFORM_OPTION(&arguments->reading),
        {"quiet", 'q', POPT_ARG_NONE, &arguments->reading.quiet, 0, "no progress and no notes",
         NULL},
        WB_REGISTRY_OPTIONS(&arguments->reading.registry),
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    const struct wb_usage usage = {table, "--dockerfile [OPTION...] IMAGE", examples};
    return wb_options_read(&options, &usage, argc, argv, helped, err) &&
           (*helped || wb_options_argument(options.context, "image", &arguments->reference, err));
}

static bool write_steps(const struct wb_audit_report *report, const char *path,
                        struct wb_error *err)
{
    WB_AUTO(wb_output) *output = wb_output_open(path == NULL ? "-" : path, err);
    if (output == NULL)
        return false;
    wb_audit_write_harden(report, output);
    return wb_output_commit(output, err);
}

static bool harden_image(void *context, const struct wb_bom *bom, struct wb_error *err)
{
    (void)bom;
    const struct harden_arguments *arguments = context;
    const struct wb_audit_report *report = wb_audit_report_of(arguments->auditing.audit);
    wb_auditing_say_notes(report);
    return write_steps(report, arguments->output, err);
}

static bool run(struct harden_arguments *arguments, struct wb_error *err)
{
    if (arguments->dockerfile == 0)
        return wb_error_set(err, WB_USAGE, "say --dockerfile: steps are written in no other form");
    WB_AUTO_VALUE(wb_reading) reading = {0};
    WB_AUTO_VALUE(wb_reference) reference = {0};
    if (!wb_reading_prepare(&arguments->reading, &reading, err) ||
        !wb_auditing_open(&arguments->audit, &arguments->auditing, err) ||
        !wb_image_reference(arguments->reference, &arguments->reading.registry, &reference, err))
        return false;
    wb_audit_plug(arguments->auditing.audit, &reading.sbom);
    return (wb_reading_open(&reading, &reference, err) &&
            wb_reading_visit(&reading, harden_image, arguments, err)) ||
           wb_error_context(err, "%s", arguments->reference);
}

enum wb_status wb_harden_command(int argc, const char **argv)
{
    struct harden_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    clear_arguments(&arguments);
    return good ? WB_OK : err.status;
}
