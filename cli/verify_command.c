/* SPDX-License-Identifier: Apache-2.0 */
/* waybill verify and waybill verify-attestation */
#include "cli/cose_files.h"
#include "cli/secrets.h"
#include "cli/verify_delivery.h"

#include <stdlib.h>
#include <string.h>

static const char signature_examples[] =
    "  waybill verify --key cosign.pub oci:image:v1\n"
    "      a signature by this key, and every blob of the image\n"
    "  waybill verify --key a.pub --key b.pub --threshold 2 -a commit=4f2a91c "
    "oci-archive:image.tar\n"
    "      signed by both, each with this annotation\n"
    "  waybill verify --ca-roots root.crt --certificate-identity release@example.org \\\n"
    "      --crl root.crl -o json oci:image:v1\n"
    "      a certificate of a private PKI\n"
    "  waybill verify --key release.pub --state site.state release.waybill\n"
    "      a whole delivery, and none older than was accepted before\n"
    "  waybill verify --policy policy.json --report r.html /media/a/r.waybill\n"
    "      the same by a policy, with a page for the files\n"
    "  waybill verify --key cosign.pub --deep oci:image:v1\n"
    "      and its attested SBOM says what is in its layers\n"
    "  waybill verify --key cosign.pub --payload tags.coswid tags.cose\n"
    "      a COSE message, and what was signed in it\n";

static const char attestation_examples[] =
    "  waybill verify-attestation --key cosign.pub --type spdxjson oci:image:v1\n"
    "      the image has an SBOM signed by this key\n"
    "  waybill verify-attestation --key cosign.pub --type slsaprovenance1 \\\n"
    "      --require /predicate/buildDefinition/buildType=https://example.org/build/v1 "
    "oci:image:v1\n"
    "      its provenance says how it was built\n"
    "  waybill verify-attestation --key cosign.pub --type spdxjson -o json oci:image:v1 |\n"
    "      jq -r '.proofs[0].payload' | base64 -d\n"
    "      the statement that was signed\n";

struct verify_arguments {
    struct wb_verifying_options verifying;
    struct wb_verify_delivery_options delivery;
    char *reference;
    char *policy;
    char *payload;
    bool is_attestation;
};

/* An image, or all volumes of a delivery. */
static bool read_paths(poptContext context, struct verify_arguments *arguments,
                       struct wb_error *err)
{
    struct wb_verify_delivery_options *delivery = &arguments->delivery;
    const char *text;
    size_t capacity = 0;
    while ((text = poptGetArg(context)) != NULL)
        WB_APPEND(delivery->paths, delivery->path_count, capacity, wb_string_copy(text));
    if (delivery->path_count == 0)
        return wb_error_set(err, WB_USAGE, "no image given; --help shows examples");
    WB_APPEND(delivery->paths, delivery->path_count, capacity, NULL);
    delivery->path_count--;
    arguments->reference = wb_string_copy(delivery->paths[0]);
    delivery->policy = arguments->policy;
    return true;
}

static bool take_arguments(poptContext context, struct verify_arguments *arguments,
                           struct wb_error *err)
{
    return arguments->is_attestation
               ? wb_options_argument(context, "image", &arguments->reference, err)
               : read_paths(context, arguments, err);
}

#define SIGNATURE_ONLY_OPTION(options)                                                             \
    {                                                                                              \
        "signature-only", 0, POPT_ARG_NONE, &(options)->signature_only, 0,                         \
            "do not read the config and layers below the manifest", NULL                           \
    }

#define DEEP_OPTION(options)                                                                       \
    {                                                                                              \
        "deep", 0, POPT_ARG_NONE, &(options)->deep, 0,                                             \
            "compare attested SBOMs with the files and packages of the layers", NULL               \
    }

static bool parse_arguments(int argc, const char **argv, struct verify_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    struct wb_verifying_options *options = &arguments->verifying;
    const struct poptOption signature_table[] = {
        WB_VERIFYING_OPTIONS(options),
        WB_ANNOTATION_OPTION(options),
        {"policy", 0, POPT_ARG_STRING, &arguments->policy, 0,
         "whom to believe, and what must be signed, is what this policy says (JSON)", "FILE"},
        {"trust", 0, POPT_ARG_STRING, &options->trust, 0,
         "believe what this trust kit says, in its newest version", "DIR"},
        {"trust-update", 0, POPT_ARG_STRING, &options->trust_update, 0,
         "and what follows it in this one", "DIR|FILE"},
        SIGNATURE_ONLY_OPTION(options),
        DEEP_OPTION(options),
        WB_VERIFY_DELIVERY_OPTIONS(&arguments->delivery),
        {"payload", 0, POPT_ARG_STRING, &arguments->payload, 0,
         "of a COSE message that holds: write what was signed here", "FILE"},
        WB_VERIFYING_OUTPUT_OPTIONS(options),
        WB_REGISTRY_OPTIONS(&options->registry),
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    const struct poptOption attestation_table[] = {
        WB_VERIFYING_OPTIONS(options),
        WB_STATEMENT_OPTIONS(options),
        WB_ANNOTATION_OPTION(options),
        SIGNATURE_ONLY_OPTION(options),
        DEEP_OPTION(options),
        WB_VERIFYING_OUTPUT_OPTIONS(options),
        WB_REGISTRY_OPTIONS(&options->registry),
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    const char **kept = wb_verifying_arguments(&argc, argv, err);
    if (kept == NULL)
        return false;
    struct wb_options parsed = {0};
    const struct wb_usage usage = {
        arguments->is_attestation ? attestation_table : signature_table,
        arguments->is_attestation ? "[OPTION...] IMAGE" : "[OPTION...] IMAGE|DELIVERY...",
        arguments->is_attestation ? attestation_examples : signature_examples};
    bool good = wb_options_read(&parsed, &usage, argc, kept, helped, err) &&
                (*helped || take_arguments(parsed.context, arguments, err));
    wb_options_clear(&parsed);
    free(kept);
    return good;
}

/* ---- the work ---- */

static bool is_index(const struct wb_descriptor *target)
{
    const char *type = target->media_type;
    return type != NULL &&
           (strstr(type, ".index.") != NULL || strstr(type, ".manifest.list.") != NULL);
}

static bool verify(const struct verify_arguments *arguments, const struct wb_verifying *verifying,
                   struct wb_layout *layout, const struct wb_descriptor *target,
                   struct wb_error *err)
{
    char digest[WB_DIGEST_TEXT_SIZE];
    WB_AUTO_VALUE(wb_deep_result) deep = {0};
    struct wb_verified verified = {
        .what = arguments->reference,
        .digest = wb_digest_format(&target->digest, digest),
        .is_image = true,
        .with_payloads = arguments->is_attestation,
    };
    WB_AUTO(wb_verify_report) *report = wb_verify_report_new();
    const struct wb_verify_demands *demands = &verifying->demands;
    bool good = arguments->is_attestation
                    ? wb_verify_image_attestations(layout, target, demands, report, err)
                    : wb_verify_image(layout, target, demands, report, err);
    /* `waybill attest --sbom` attests what has packages, which is not the index. */
    if (!good && arguments->is_attestation && report->proof_count == 0 && is_index(target) &&
        !arguments->verifying.quiet)
        wb_say_note("this is an index; attestations of its platforms are verified by their digest "
                    "(IMAGE@DIGEST, which `waybill tree` lists)");
    if (good && arguments->verifying.deep) {
        const struct wb_deep_trust trust = {.demands = demands};
        good = wb_deep_check(layout, target, &trust, arguments->verifying.quiet != 0, &deep, err);
        verified.deep = &deep;
    }
    return wb_verified_report(&verified, verifying, report, good, arguments->verifying.quiet != 0,
                              err);
}

static bool run(const struct verify_arguments *arguments, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_reference) reference = {0};
    WB_AUTO_VALUE(wb_verifying) verifying = {0};
    if (arguments->verifying.deep && arguments->verifying.signature_only)
        return wb_error_set(err, WB_USAGE, "--deep reads the layers, --signature-only does not");
    if (!arguments->is_attestation && arguments->delivery.path_count == 1 &&
        wb_verify_cose_meant(arguments->reference))
        return wb_verify_cose_file(arguments->reference, arguments->payload, &arguments->verifying,
                                   err);
    if (arguments->payload != NULL)
        return wb_error_set(err, WB_USAGE, "--payload goes with a COSE message");
    if (!arguments->is_attestation && wb_verify_delivery_meant(&arguments->delivery))
        return wb_verify_delivery_command(&arguments->delivery, &arguments->verifying, err);
    if (arguments->verifying.trust_update != NULL && arguments->verifying.trust == NULL)
        return wb_error_set(err, WB_USAGE, "--trust-update goes with --trust: what it must follow");
    if (arguments->policy != NULL || arguments->verifying.trust != NULL)
        return wb_verify_by_policy(arguments->reference, arguments->policy, &arguments->verifying,
                                   err);
    if (!wb_verifying_open(&arguments->verifying, &verifying, err) ||
        !wb_image_reference(arguments->reference, &arguments->verifying.registry, &reference, err))
        return false;
    WB_AUTO(wb_layout) *layout = wb_layout_open(&reference, WB_LAYOUT_READ, err);
    if (layout == NULL)
        return false;
    const struct wb_descriptor *target = wb_layout_target(layout, err);
    return (target != NULL && verify(arguments, &verifying, layout, target, err)) ||
           wb_error_context(err, "%s", arguments->reference);
}

static enum wb_status verify_command(int argc, const char **argv, bool is_attestation)
{
    struct verify_arguments arguments = {.is_attestation = is_attestation};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    wb_secrets_begin();
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    wb_verifying_options_clear(&arguments.verifying);
    wb_verify_delivery_options_clear(&arguments.delivery);
    free(arguments.reference);
    free(arguments.policy);
    free(arguments.payload);
    /* What fails without saying why is no success. */
    return good ? WB_OK : err.status == WB_OK ? WB_SYSTEM : err.status;
}

enum wb_status wb_verify_command(int argc, const char **argv)
{
    return verify_command(argc, argv, false);
}

enum wb_status wb_verify_attestation_command(int argc, const char **argv)
{
    return verify_command(argc, argv, true);
}
