/* SPDX-License-Identifier: Apache-2.0 */
/* waybill sbom */
#include "cli/cli.h"
#include "cli/outputs.h"
#include "sbom/sbom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char examples[] =
    "  waybill sbom oci:build/image:v1\n"
    "      list the packages of an image in an OCI layout\n"
    "  waybill sbom image.tar -o spdx-json=image.spdx.json -o cyclonedx-json=image.cdx.json\n"
    "      write both documents of an archive made by `docker save`, podman or skopeo\n"
    "  waybill sbom oci-archive:multi.tar --all-platforms -o spdx-json='sbom-{platform}.json'\n"
    "      one document for each platform of an image index\n"
    "  ssh builder cat image.tar | waybill sbom - -o spdx-json --files all > image.spdx.json\n"
    "      read an archive from a pipe and list every file\n"
    "  waybill sbom dir:/mnt/rootfs -o table --source-name appliance --source-version 2.1\n"
    "      read an unpacked root file system\n";

struct sbom_arguments {
    struct wb_outputs outputs;
    char *reference;
    char *platform_text;
    char *files_text;
    char *max_layer_size_text;
    char *source_name;
    char *source_version;
    char *cache_directory;
    char *creator_text;
    char *supplier_text;
    struct wb_party_option creator;
    struct wb_party_option supplier;
    int all_platforms;
    int threads;
    int quiet;
};

enum sbom_option {
    OPTION_OUTPUT = WB_OPTION_FIRST_OF_COMMAND,
};

static void clear_arguments(struct sbom_arguments *arguments)
{
    wb_outputs_clear(&arguments->outputs);
    free(arguments->reference);
    free(arguments->platform_text);
    free(arguments->files_text);
    free(arguments->max_layer_size_text);
    free(arguments->source_name);
    free(arguments->source_version);
    free(arguments->cache_directory);
    free(arguments->creator_text);
    free(arguments->supplier_text);
    wb_party_option_clear(&arguments->creator);
    wb_party_option_clear(&arguments->supplier);
}

/* ---- the command line ---- */

static bool read_options(struct wb_options *options, struct sbom_arguments *arguments, bool *helped,
                         struct wb_error *err)
{
    poptContext context = options->context;
    int code;
    while ((code = wb_options_next(options)) > 0) {
        if (code == WB_OPTION_HELP) {
            wb_options_help(context, "[OPTION...] IMAGE", examples);
            printf("\nIMAGE is oci:DIR[:TAG|@DIGEST], oci-archive:FILE[:TAG|@DIGEST],\n"
                   "docker-archive:FILE[:NAME:TAG], dir:ROOTFS, a path, or - for an archive on\n"
                   "standard input.\n\n");
            wb_outputs_help();
            *helped = true;
            return true;
        }
        WB_AUTO_STRING text = poptGetOptArg(context);
        if (!wb_outputs_add(&arguments->outputs, text, err))
            return false;
    }
    if (code < -1)
        return wb_options_fault(context, code, err);
    return wb_options_argument(context, "image", &arguments->reference, err);
}

static bool parse_arguments(int argc, const char **argv, struct sbom_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        {"output", 'o', POPT_ARG_STRING, NULL, OPTION_OUTPUT,
         "write this document, several times for several; FILE `-` or none is standard output "
         "(default: table)",
         "FORMAT[@VERSION][=FILE]"},
        {"platform", 0, POPT_ARG_STRING, &arguments->platform_text, 0,
         "choose this image of an index (default: this machine's)", "OS/ARCH[/VARIANT]"},
        {"all-platforms", 0, POPT_ARG_NONE, &arguments->all_platforms, 0,
         "one document for each image of an index; `{platform}` in FILE names it", NULL},
        {"files", 0, POPT_ARG_STRING, &arguments->files_text, 0,
         "which files to list: those that no package owns or that were modified since "
         "(unowned, the default), none, or all",
         "none|unowned|all"},
        {"source-name", 0, POPT_ARG_STRING, &arguments->source_name, 0,
         "name of the image in the document (default: from the image)", "NAME"},
        {"source-version", 0, POPT_ARG_STRING, &arguments->source_version, 0,
         "version of the image in the document (default: its tag or digest)", "VERSION"},
        {"creator", 0, POPT_ARG_STRING, &arguments->creator_text, 0, "who makes the document",
         "NAME|MAIL|URL|NAME <MAIL|URL>"},
        {"supplier", 0, POPT_ARG_STRING, &arguments->supplier_text, 0,
         "who supplies the image (default: from its labels)", "NAME|MAIL|URL|NAME <MAIL|URL>"},
        {"cache", 0, POPT_ARG_STRING, &arguments->cache_directory, 0,
         "keep what was read of each layer here, for the next image on the same base", "DIR"},
        {"max-layer-size", 0, POPT_ARG_STRING, &arguments->max_layer_size_text, 0,
         "refuse a layer that unpacks to more (default: 64G)", "SIZE[K|M|G|T]"},
        {"threads", 0, POPT_ARG_INT, &arguments->threads, 0,
         "how many layers to read at the same time (default: one for each processor)", "N"},
        {"quiet", 'q', POPT_ARG_NONE, &arguments->quiet, 0, "no progress and no notes", NULL},
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    wb_options_open(&options, "waybill sbom", argc, argv, table);
    return read_options(&options, arguments, helped, err);
}

static bool interpret(struct sbom_arguments *arguments, struct wb_sbom_options *options,
                      struct wb_error *err)
{
    if (!wb_files_option(arguments->files_text, &options->files, err) ||
        !wb_party_option_read("creator", arguments->creator_text, &arguments->creator, err) ||
        !wb_party_option_read("supplier", arguments->supplier_text, &arguments->supplier, err))
        return false;
    options->creator = arguments->creator.party;
    options->supplier = arguments->supplier.party;
    if (arguments->max_layer_size_text != NULL &&
        !wb_options_size(arguments->max_layer_size_text, &options->layer.max_layer_size))
        return wb_error_set(err, WB_USAGE,
                            "--max-layer-size %s: it is a number of bytes, as 500M or 2G",
                            arguments->max_layer_size_text);
    if (arguments->threads < 0)
        return wb_error_set(err, WB_USAGE, "--threads %d: it is a positive number",
                            arguments->threads);
    options->layer.threads = (unsigned)arguments->threads;
    options->source_name = arguments->source_name;
    options->source_version = arguments->source_version;
    options->layer.cache_directory = arguments->cache_directory;
    options->tool_version = WAYBILL_VERSION;
    return true;
}

/* ---- the work ---- */

static void show_progress(void *context, uint64_t done, uint64_t total)
{
    wb_progress_show(context, done, total);
}

static void show_notice(void *context, const char *message)
{
    (void)context;
    wb_say_note(message);
}

static void say_findings(const struct wb_bom *bom, bool quiet)
{
    for (size_t i = 0; i < bom->finding_count; i++) {
        const struct wb_finding *finding = &bom->findings[i];
        if (finding->severity == WB_SEVERITY_WARNING)
            wb_say_warning(finding->message);
        else if (!quiet)
            wb_say_note(finding->message);
    }
}

static bool document_image(struct wb_image *image, const struct wb_sbom_options *options,
                           struct sbom_arguments *arguments, struct wb_progress *progress,
                           struct wb_error *err)
{
    WB_AUTO(wb_bom) *bom = wb_sbom_generate(image, options, err);
    wb_progress_end(progress);
    if (bom == NULL)
        return false;
    say_findings(bom, arguments->quiet);
    return wb_outputs_write(&arguments->outputs, bom, err);
}

static bool document_set(struct wb_image_set *set, const struct wb_sbom_options *options,
                         struct sbom_arguments *arguments, struct wb_progress *progress,
                         struct wb_error *err)
{
    size_t count = wb_image_set_count(set);
    for (size_t i = 0; i < count; i++) {
        struct wb_image *image = wb_image_set_get(set, i);
        if (document_image(image, options, arguments, progress, err))
            continue;
        char platform[100];
        if (count > 1)
            wb_error_context(err, "%s",
                             wb_platform_format(&wb_image_describe(image)->platform, platform));
        return false;
    }
    return wb_outputs_commit(&arguments->outputs, err);
}

static bool run(struct sbom_arguments *arguments, struct wb_error *err)
{
    struct wb_sbom_options options = {.files = WB_FILES_UNOWNED};
    struct wb_platform platform;
    if (!interpret(arguments, &options, err) ||
        (arguments->platform_text != NULL &&
         !wb_platform_parse(arguments->platform_text, &platform, err)))
        return false;
    if (arguments->platform_text != NULL && arguments->all_platforms)
        return wb_error_set(err, WB_USAGE, "--platform and --all-platforms exclude each other");
    if (arguments->outputs.choice_count == 0 && !wb_outputs_add(&arguments->outputs, "table", err))
        return false;
    if (!wb_outputs_check(&arguments->outputs, arguments->all_platforms != 0, err))
        return false;
    struct wb_progress progress;
    wb_progress_start(&progress, "reading layers", arguments->quiet != 0);
    options.layer.progress = show_progress;
    options.layer.context = &progress;
    options.layer.notice = arguments->quiet ? NULL : show_notice;
    wb_sbom_layer_options(&options);
    WB_AUTO_VALUE(wb_reference) reference = {0};
    if (!wb_reference_parse(arguments->reference, &reference, err))
        return false;
    struct wb_image_options image_options = {
        .platform = arguments->platform_text == NULL ? NULL : &platform,
        .all_platforms = arguments->all_platforms != 0,
        .layer = options.layer,
    };
    WB_AUTO(wb_image_set) *set = wb_image_set_open(&reference, &image_options, err);
    bool good = set != NULL && document_set(set, &options, arguments, &progress, err);
    wb_progress_end(&progress);
    return good || wb_error_context(err, "%s", arguments->reference);
}

enum wb_status wb_sbom_command(int argc, const char **argv)
{
    struct sbom_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    clear_arguments(&arguments);
    return good ? WB_OK : err.status;
}
