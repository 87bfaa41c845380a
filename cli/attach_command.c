/* SPDX-License-Identifier: Apache-2.0 */
/* waybill attach */
#include "cli/attaching.h"

#include <stdlib.h>
#include <string.h>

static const char examples[] =
    "  waybill attach signature --signature image.sig --payload payload.json oci:image:v1\n"
    "      a signature made elsewhere, in cosign's older form\n"
    "  waybill attach signature --signature image.sigstore.json oci:image:v1\n"
    "      the same in a sigstore bundle\n"
    "  waybill attach attestation --attestation provenance.sigstore.json oci:image:v1\n"
    "      a bundle or DSSE envelope made elsewhere\n"
    "  waybill attach sbom --sbom image.spdx.json --type spdx oci:image:v1\n"
    "      an SBOM without a signature\n"
    "  waybill attach timestamp --timestamp-response response.tsr oci:image:v1\n"
    "      an RFC 3161 response to the signature that it is of\n";

static bool take_arguments(poptContext context, struct wb_attach_arguments *arguments,
                           struct wb_error *err)
{
    const char *what = poptGetArg(context);
    if (what == NULL)
        return wb_error_set(err, WB_USAGE,
                            "attach what: it is signature, attestation, sbom or timestamp, then "
                            "the image");
    arguments->what = wb_string_copy(what);
    return wb_options_argument(context, "image", &arguments->reference, err);
}

static bool parse_arguments(int argc, const char **argv, struct wb_attach_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        {"signature", 0, POPT_ARG_STRING, &arguments->signature, 0,
         "signature: the signature in base64, or a sigstore bundle", "FILE"},
        {"payload", 0, POPT_ARG_STRING, &arguments->payload, 0,
         "signature: the simple signing payload that it is of", "FILE"},
        {"certificate", 0, POPT_ARG_STRING, &arguments->certificate, 0,
         "signature: the certificate of its key (PEM)", "FILE"},
        {"certificate-chain", 0, POPT_ARG_STRING, &arguments->certificate_chain, 0,
         "signature: the certificates that lead from it to a root (PEM)", "FILE"},
        {"attestation", 0, POPT_ARG_STRING, &arguments->attestation, 0,
         "attestation: a DSSE envelope or a sigstore bundle", "FILE"},
        {"sbom", 0, POPT_ARG_STRING, &arguments->sbom, 0, "sbom: the document", "FILE"},
        {"type", 0, POPT_ARG_STRING, &arguments->type, 0,
         "sbom: what kind of document it is (default: spdx)", "spdx|cyclonedx|syft"},
        {"timestamp-response", 0, POPT_ARG_STRING, &arguments->timestamp, 0,
         "timestamp: the RFC 3161 response", "FILE"},
        WB_REGISTRY_OPTIONS(&arguments->registry),
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    const struct wb_usage usage = {table, "[OPTION...] signature|attestation|sbom|timestamp IMAGE",
                                   examples};
    return wb_options_read(&options, &usage, argc, argv, helped, err) &&
           (*helped || take_arguments(options.context, arguments, err));
}

/* ---- which of them ---- */

static const struct {
    const char *what;
    const char *option; /* without which there is nothing to attach */
    bool (*attach)(struct wb_attaching *attaching, struct wb_error *err);
} kinds[] = {
    {"signature", "--signature", wb_attach_signature_file},
    {"attestation", "--attestation", wb_attach_attestation_file},
    {"sbom", "--sbom", wb_attach_sbom_file},
    {"timestamp", "--timestamp-response", wb_attach_timestamp_file},
};
#define KIND_COUNT (sizeof kinds / sizeof kinds[0])

/* Options of one kind say nothing to the others. */
static bool check_usage(const struct wb_attach_arguments *arguments, size_t kind,
                        struct wb_error *err)
{
    const struct {
        const char *option;
        const char *value;
        const char *what;
    } given[] = {
        {"--signature", arguments->signature, "signature"},
        {"--payload", arguments->payload, "signature"},
        {"--certificate", arguments->certificate, "signature"},
        {"--certificate-chain", arguments->certificate_chain, "signature"},
        {"--attestation", arguments->attestation, "attestation"},
        {"--sbom", arguments->sbom, "sbom"},
        {"--type", arguments->type, "sbom"},
        {"--timestamp-response", arguments->timestamp, "timestamp"},
    };
    bool has_file = false;
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        if (given[i].value != NULL && strcmp(given[i].what, kinds[kind].what) != 0)
            return wb_error_set(err, WB_USAGE, "%s goes with `attach %s`", given[i].option,
                                given[i].what);
        has_file = has_file ||
                   (given[i].value != NULL && strcmp(given[i].option, kinds[kind].option) == 0);
    }
    return has_file ||
           wb_error_set(err, WB_USAGE, "%s FILE says what to attach", kinds[kind].option);
}

static bool attach(const struct wb_attach_arguments *arguments, size_t kind,
                   struct wb_layout *layout, struct wb_error *err)
{
    struct wb_attaching attaching = {.arguments = arguments, .layout = layout};
    attaching.target = wb_layout_target(layout, err);
    return attaching.target != NULL && wb_signing_time(&attaching.created, err) &&
           kinds[kind].attach(&attaching, err) && wb_layout_commit(layout, err);
}

static bool run(const struct wb_attach_arguments *arguments, struct wb_error *err)
{
    size_t kind = 0;
    while (kind < KIND_COUNT && strcmp(kinds[kind].what, arguments->what) != 0)
        kind++;
    if (kind == KIND_COUNT)
        return wb_error_set(err, WB_USAGE,
                            "attach %s: it is signature, attestation, sbom or timestamp",
                            arguments->what);
    WB_AUTO_VALUE(wb_reference) reference = {0};
    if (!check_usage(arguments, kind, err) ||
        !wb_image_reference(arguments->reference, &arguments->registry, &reference, err))
        return false;
    WB_AUTO(wb_layout) *layout = wb_layout_open(&reference, WB_LAYOUT_WRITE, err);
    return layout != NULL && (attach(arguments, kind, layout, err) ||
                              wb_error_context(err, "%s", arguments->reference));
}

enum wb_status wb_attach_command(int argc, const char **argv)
{
    struct wb_attach_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    wb_registry_arguments_clear(&arguments.registry);
    free(arguments.signature);
    free(arguments.payload);
    free(arguments.certificate);
    free(arguments.certificate_chain);
    free(arguments.attestation);
    free(arguments.sbom);
    free(arguments.type);
    free(arguments.timestamp);
    free(arguments.what);
    free(arguments.reference);
    return good ? WB_OK : err.status;
}
