/* SPDX-License-Identifier: Apache-2.0 */
/* waybill sbom */
#include "cli/outputs.h"
#include "cli/parties.h"
#include "cli/reading.h"

#include <stdio.h>
#include <stdlib.h>

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
    struct wb_reading_options reading;
    struct wb_outputs outputs;
    struct wb_parties parties;
    char *reference;
    char *source_name;
    char *source_version;
};

enum sbom_option {
    OPTION_OUTPUT = WB_OPTION_FIRST_OF_COMMAND,
};

static void clear_arguments(struct sbom_arguments *arguments)
{
    wb_reading_options_clear(&arguments->reading);
    wb_outputs_clear(&arguments->outputs);
    wb_parties_clear(&arguments->parties);
    free(arguments->reference);
    free(arguments->source_name);
    free(arguments->source_version);
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
            printf("\n" WB_READING_HELP "\n\n");
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
        WB_READING_OPTIONS(&arguments->reading),
        WB_FILES_OPTION(&arguments->reading,
                        "which files to list: those that no package owns or that were modified "
                        "since (unowned, the default), none, or all"),
        WB_DIGEST_OPTIONS(&arguments->reading),
        {"source-name", 0, POPT_ARG_STRING, &arguments->source_name, 0,
         "name of the image in the document (default: from the image)", "NAME"},
        {"source-version", 0, POPT_ARG_STRING, &arguments->source_version, 0,
         "version of the image in the document (default: its tag or digest)", "VERSION"},
        WB_PARTY_OPTIONS(&arguments->parties, "who makes the document",
                         "who supplies the image (default: from its labels)"),
        {"cache", 0, POPT_ARG_STRING, &arguments->reading.cache_directory, 0,
         "keep what was read of each layer here, for the next image on the same base", "DIR"},
        {"quiet", 'q', POPT_ARG_NONE, &arguments->reading.quiet, 0, "no progress and no notes",
         NULL},
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    wb_options_open(&options, "waybill sbom", argc, argv, table);
    return read_options(&options, arguments, helped, err);
}

/* ---- the work ---- */

static void say_findings(const struct wb_bom *bom, bool quiet)
{
    wb_reading_say_warnings(bom);
    for (size_t i = 0; i < bom->finding_count && !quiet; i++)
        if (bom->findings[i].severity != WB_SEVERITY_WARNING)
            wb_say_note(bom->findings[i].message);
}

static bool document_image(void *context, const struct wb_bom *bom, struct wb_error *err)
{
    struct sbom_arguments *arguments = context;
    say_findings(bom, arguments->reading.quiet != 0);
    return wb_outputs_write(&arguments->outputs, bom, err);
}

static bool prepare(struct sbom_arguments *arguments, struct wb_reading *reading,
                    struct wb_error *err)
{
    if (!wb_reading_prepare(&arguments->reading, reading, err) ||
        !wb_parties_read(&arguments->parties, err) ||
        (arguments->outputs.choice_count == 0 &&
         !wb_outputs_add(&arguments->outputs, "table", err)) ||
        !wb_outputs_check(&arguments->outputs, reading->all_platforms, err))
        return false;
    reading->sbom.creator = arguments->parties.creator;
    reading->sbom.supplier = arguments->parties.supplier;
    reading->sbom.source_name = arguments->source_name;
    reading->sbom.source_version = arguments->source_version;
    return true;
}

static bool run(struct sbom_arguments *arguments, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_reading) reading = {0};
    WB_AUTO_VALUE(wb_reference) reference = {0};
    if (!prepare(arguments, &reading, err) ||
        !wb_image_reference(arguments->reference, &arguments->reading.registry, &reference, err))
        return false;
    return (wb_reading_open(&reading, &reference, err) &&
            wb_reading_visit(&reading, document_image, arguments, err) &&
            wb_outputs_commit(&arguments->outputs, err)) ||
           wb_error_context(err, "%s", arguments->reference);
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
