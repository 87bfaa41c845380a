/* SPDX-License-Identifier: Apache-2.0 */
/* waybill harden */
#include "cli/auditing.h"

#include <stdlib.h>

static const char examples[] =
    "  waybill harden oci:build/image:v1 --dockerfile\n"
    "      print the steps that would remove what an audit finds\n"
    "  waybill harden image.tar --dockerfile -o Dockerfile.hardened --keep tzdata\n"
    "      write them to a file; the package tzdata stays\n"
    "  waybill harden dir:/mnt/rootfs --dockerfile --keep /usr/bin/find\n"
    "      a root file system does not say what it runs: --keep does\n";

struct harden_arguments {
    char *reference;
    char *platform_text;
    char *output;
    struct wb_audit_arguments audit;
    struct wb_auditing auditing;
    int dockerfile;
    int quiet;
};

static void clear_arguments(struct harden_arguments *arguments)
{
    free(arguments->reference);
    free(arguments->platform_text);
    free(arguments->output);
    wb_auditing_clear(&arguments->auditing);
    wb_audit_arguments_clear(&arguments->audit);
}

static bool read_options(struct wb_options *options, struct harden_arguments *arguments,
                         bool *helped, struct wb_error *err)
{
    poptContext context = options->context;
    int code = wb_options_next(options);
    if (code == WB_OPTION_HELP) {
        wb_options_help(context, "--dockerfile [OPTION...] IMAGE", examples);
        *helped = true;
        return true;
    }
    if (code < -1)
        return wb_options_fault(context, code, err);
    return wb_options_argument(context, "image", &arguments->reference, err);
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
        {"platform", 0, POPT_ARG_STRING, &arguments->platform_text, 0,
         "choose this image of an index (default: this machine's)", "OS/ARCH[/VARIANT]"},
        {"quiet", 'q', POPT_ARG_NONE, &arguments->quiet, 0, "no progress and no notes", NULL},
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    wb_options_open(&options, "waybill harden", argc, argv, table);
    return read_options(&options, arguments, helped, err);
}

static void show_progress(void *context, uint64_t done, uint64_t total)
{
    wb_progress_show(context, done, total);
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

static bool harden_image(struct harden_arguments *arguments, struct wb_image *image,
                         const struct wb_sbom_options *options, struct wb_progress *progress,
                         struct wb_error *err)
{
    WB_AUTO(wb_bom) *bom = wb_sbom_generate(image, options, err);
    wb_progress_end(progress);
    if (bom == NULL)
        return false;
    const struct wb_audit_report *report = wb_audit_report_of(arguments->auditing.audit);
    wb_auditing_say_notes(report);
    return write_steps(report, arguments->output, err);
}

static bool run(struct harden_arguments *arguments, struct wb_error *err)
{
    if (arguments->dockerfile == 0)
        return wb_error_set(err, WB_USAGE, "say --dockerfile: steps are written in no other form");
    struct wb_platform platform;
    WB_AUTO_VALUE(wb_reference) reference = {0};
    if ((arguments->platform_text != NULL &&
         !wb_platform_parse(arguments->platform_text, &platform, err)) ||
        !wb_auditing_open(&arguments->audit, &arguments->auditing, err) ||
        !wb_reference_parse(arguments->reference, &reference, err))
        return false;
    struct wb_progress progress;
    wb_progress_start(&progress, "reading layers", arguments->quiet != 0);
    struct wb_sbom_options options = {.files = WB_FILES_UNOWNED, .tool_version = WAYBILL_VERSION};
    options.layer.progress = show_progress;
    options.layer.context = &progress;
    wb_sbom_layer_options(&options);
    wb_audit_plug(arguments->auditing.audit, &options);
    const struct wb_image_options image_options = {
        .platform = arguments->platform_text == NULL ? NULL : &platform,
        .layer = options.layer,
    };
    WB_AUTO(wb_image_set) *set = wb_image_set_open(&reference, &image_options, err);
    bool good =
        set != NULL && harden_image(arguments, wb_image_set_get(set, 0), &options, &progress, err);
    wb_progress_end(&progress);
    return good || wb_error_context(err, "%s", arguments->reference);
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
