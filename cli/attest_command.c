/* SPDX-License-Identifier: Apache-2.0 */
/* waybill attest */
#include "cli/auditing.h"
#include "cli/images.h"
#include "cli/parties.h"
#include "cli/reading.h"
#include "cli/secrets.h"
#include "formats/formats.h"

#include <stdlib.h>
#include <string.h>

static const char examples[] =
    "  waybill attest --key cosign.key --sbom spdx-json oci:build/image:v1\n"
    "      make the SBOM of an image, sign it and attach it, reading the layers once\n"
    "  waybill attest --key cosign.key --predicate provenance.json --type slsaprovenance1 \\\n"
    "      oci-archive:image.tar\n"
    "      sign a statement made elsewhere about the image\n"
    "  waybill attest --key cosign.key --sbom cyclonedx-json --all-platforms oci:multi:v1\n"
    "      an SBOM for each image of an index\n"
    "  waybill attest --key cosign.key --audit --max-age 30d --sbom spdx-json oci:build/image:v1\n"
    "      audit the image, too, in the same reading, and attest what came out\n";

struct attest_arguments {
    struct wb_signing_options signing;
    char *predicate;
    char *type;
    char *sbom;
    char *reference;
    struct wb_reading_options reading;
    struct wb_parties parties;
    struct wb_audit_arguments audit;
    int audits;
};

static bool parse_arguments(int argc, const char **argv, struct attest_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        WB_SIGNING_OPTIONS(&arguments->signing),
        {"predicate", 0, POPT_ARG_STRING, &arguments->predicate, 0,
         "what is said of the image: a JSON object (`-`: standard input)", "FILE"},
        {"type", 0, POPT_ARG_STRING, &arguments->type, 0,
         "its predicate type: spdx, spdxjson, cyclonedx, slsaprovenance, slsaprovenance1, link, "
         "vuln, openvex, custom, or a URI (default: custom)",
         "TYPE"},
        {"sbom", 0, POPT_ARG_STRING, &arguments->sbom, 0,
         "make the SBOM of the image and attest that",
         "spdx-json|spdx-tag-value|spdx3-json|cyclonedx-json[@VERSION]"},
        {"audit", 0, POPT_ARG_NONE, &arguments->audits, 0,
         "audit the image and attest what came out", NULL},
        WB_AUDIT_OPTIONS(&arguments->audit),
        WB_FILES_OPTION(&arguments->reading,
                        "with --sbom: which files it names, for deep checks to "
                        "compare (default: unowned)"),
        WB_DIGEST_OPTIONS(&arguments->reading),
        WB_PARTY_OPTIONS(&arguments->parties, "with --sbom: who makes the document",
                         "with --sbom: who supplies the image (default: from its labels)"),
        {"platform", 0, POPT_ARG_STRING, &arguments->reading.platform, 0,
         "with --sbom or --audit: choose this image of an index (default: this machine's)",
         "OS/ARCH[/VARIANT]"},
        {"all-platforms", 0, POPT_ARG_NONE, &arguments->reading.all_platforms, 0,
         "with --sbom or --audit: every image of an index", NULL},
        {"format", 0, POPT_ARG_STRING, &arguments->signing.format, 0,
         "bundle (default: a sigstore bundle as a referrer), legacy (cosign's older form), both",
         "bundle|legacy|both"},
        {"output", 'o', POPT_ARG_STRING, &arguments->signing.output, 0,
         "say on standard output what was signed (default: text, on standard error)", "text|json"},
        WB_REGISTRY_OPTIONS(&arguments->reading.registry),
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    const struct wb_usage usage = {table, "[OPTION...] --key KEY IMAGE", examples};
    return wb_options_read(&options, &usage, argc, argv, helped, err) &&
           (*helped || wb_options_argument(options.context, "image", &arguments->reference, err));
}

struct attest_job {
    const struct attest_arguments *arguments;
    struct wb_image_job *image;
    struct wb_auditing auditing; /* of --audit */
};

static bool attest(struct attest_job *job, const struct wb_descriptor *target,
                   const char *predicate_type, struct wb_bytes predicate, struct wb_error *err)
{
    struct wb_image_job *image = job->image;
    if (!wb_attest_image(image->layout, target, &image->signing.signer, image->forms, image->name,
                         predicate_type, predicate, err))
        return false;
    wb_image_job_signed(image, &target->digest);
    return true;
}

/* ---- a predicate from elsewhere ---- */

/* cosign attests SPDX in tag-value form as one JSON string. */
static bool read_predicate(const struct attest_arguments *arguments, struct wb_buffer *predicate,
                           struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!wb_read_argument(arguments->predicate, WB_ENVELOPE_SIZE_MAX / 2, &content, err))
        return false;
    const char *text = content.size == 0 ? "" : (const char *)content.data;
    bool tag_value = arguments->type != NULL && strcmp(arguments->type, "spdx") == 0 &&
                     text[strspn(text, " \t\r\n")] != '{';
    if (!tag_value) {
        wb_buffer_append(predicate, content.data, content.size);
        return true;
    }
    if (!wb_utf8_valid(text, content.size))
        return wb_error_set(err, WB_BAD_INPUT, "%s: not UTF-8", arguments->predicate);
    wb_buffer_append_json_string(predicate, text);
    return true;
}

static bool attest_predicate(struct attest_job *job, struct wb_error *err)
{
    const struct attest_arguments *arguments = job->arguments;
    const char *type = wb_predicate_type(arguments->type == NULL ? "custom" : arguments->type);
    if (type == NULL)
        return wb_error_set(err, WB_USAGE, "--type %s: it is a URI or one of %s", arguments->type,
                            wb_predicate_type_names());
    WB_AUTO_VALUE(wb_buffer) predicate = {0};
    if (!read_predicate(arguments, &predicate, err))
        return false;
    const struct wb_descriptor *target = wb_layout_target(job->image->layout, err);
    return target != NULL && attest(job, target, type, wb_buffer_bytes(&predicate), err);
}

/* ---- an SBOM or an audit made here ---- */

static bool target_of(const struct wb_image_description *description, struct wb_descriptor *target,
                      struct wb_error *err)
{
    *target = (struct wb_descriptor){.media_type = description->manifest_media_type,
                                     .size = description->manifest_size};
    if (description->manifest_digest == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "the image has no manifest to attest");
    return wb_digest_parse(description->manifest_digest, &target->digest, err);
}

/* Statements are JSON: what is not JSON itself is one string in it, where the type's own users have
 * it so. */
static const struct sbom_predicate {
    const char *format;
    const char *type; /* as of --type */
    bool as_string;
} sbom_predicates[] = {
    {"spdx-json", "spdxjson", false},
    {"spdx-tag-value", "spdx", true},
    {"spdx3-json", "https://spdx.dev/Document/v3", false},
    {"cyclonedx-json", "cyclonedx", false},
};

static const struct sbom_predicate *find_predicate(const char *format)
{
    for (size_t i = 0; i < sizeof sbom_predicates / sizeof sbom_predicates[0]; i++)
        if (strcmp(sbom_predicates[i].format, format) == 0)
            return &sbom_predicates[i];
    return NULL;
}

static bool attest_sbom(struct attest_job *job, const struct wb_bom *bom,
                        const struct wb_descriptor *target, struct wb_error *err)
{
    const char *version;
    const struct wb_format *format = wb_format_find(job->arguments->sbom, &version);
    const struct sbom_predicate *predicate = find_predicate(format->name);
    WB_AUTO_VALUE(wb_buffer) document = {0};
    WB_AUTO_VALUE(wb_buffer) text = {0};
    WB_AUTO(wb_output) *output = wb_output_open_buffer(&document);
    if (!format->write(bom, version, output, err) || !wb_output_flush(output, err))
        return false;
    if (predicate->as_string)
        wb_buffer_append_json_string(&text, (const char *)document.data);
    return attest(job, target, wb_predicate_type(predicate->type),
                  wb_buffer_bytes(predicate->as_string ? &text : &document), err);
}

static bool attest_audit(struct attest_job *job, const struct wb_descriptor *target,
                         struct wb_error *err)
{
    const struct wb_audit_report *report = wb_audit_report_of(job->auditing.audit);
    wb_auditing_say_notes(report);
    WB_AUTO_VALUE(wb_buffer) predicate = {0};
    WB_AUTO(wb_output) *output = wb_output_open_buffer(&predicate);
    wb_audit_write(report, WB_AUDIT_PREDICATE, output);
    return wb_output_flush(output, err) &&
           attest(job, target, WB_AUDIT_PREDICATE_TYPE, wb_buffer_bytes(&predicate), err);
}

static bool attest_made(void *context, const struct wb_bom *bom, struct wb_error *err)
{
    struct attest_job *job = context;
    struct wb_descriptor target;
    wb_reading_say_warnings(bom);
    return target_of(bom->image, &target, err) &&
           (job->arguments->sbom == NULL || attest_sbom(job, bom, &target, err)) &&
           (!job->arguments->audits || attest_audit(job, &target, err));
}

static bool make_and_attest(struct attest_job *job, struct wb_error *err)
{
    const struct attest_arguments *arguments = job->arguments;
    WB_AUTO_VALUE(wb_reading) reading = {0};
    if (!wb_reading_prepare(&arguments->reading, &reading, err) ||
        (arguments->audits && !wb_auditing_open(&arguments->audit, &job->auditing, err)))
        return false;
    reading.sbom.creator = arguments->parties.creator;
    reading.sbom.supplier = arguments->parties.supplier;
    if (arguments->audits)
        wb_audit_plug(job->auditing.audit, &reading.sbom);
    return wb_reading_open(&reading, &job->image->reference, err) &&
           wb_reading_visit(&reading, attest_made, job, err);
}

/* ---- */

static bool check_sbom_format(const char *sbom, struct wb_error *err)
{
    const char *version;
    const struct wb_format *format = sbom == NULL ? NULL : wb_format_find(sbom, &version);
    if (sbom == NULL || (format != NULL && find_predicate(format->name) != NULL))
        return true;
    if (format != NULL && strcmp(format->name, "coswid") == 0)
        return wb_error_set(err, WB_USAGE,
                            "--sbom coswid: an attestation is JSON, and CoSWID is CBOR: `waybill "
                            "sbom -o coswid=FILE` makes it and `waybill sign --format cose FILE` "
                            "signs it");
    return wb_error_set(err, WB_USAGE,
                        "--sbom %s: it is spdx-json, spdx-tag-value, spdx3-json or "
                        "cyclonedx-json[@VERSION]; others have no predicate type of an attestation",
                        sbom);
}

static bool check_usage(const struct attest_arguments *arguments, struct wb_error *err)
{
    bool made = arguments->sbom != NULL || arguments->audits;
    if ((arguments->predicate != NULL) == made)
        return wb_error_set(err, WB_USAGE,
                            "--predicate FILE says what to attest, or else --sbom FORMAT, --audit, "
                            "or both of these");
    if (arguments->sbom == NULL &&
        (arguments->reading.files != NULL || arguments->reading.digests != NULL ||
         arguments->reading.package_digests != NULL || arguments->parties.creator_text != NULL ||
         arguments->parties.supplier_text != NULL))
        return wb_error_set(err, WB_USAGE,
                            "--files, --digests, --package-digests, --creator and --supplier go "
                            "with --sbom");
    if (!made && (arguments->reading.platform != NULL || arguments->reading.all_platforms))
        return wb_error_set(err, WB_USAGE,
                            "--platform and --all-platforms go with --sbom and --audit");
    if (!arguments->audits && wb_audit_arguments_given(&arguments->audit))
        return wb_error_set(err, WB_USAGE,
                            "--allow-account, --allow-port, --keep, --skip, --rules, --no-secrets, "
                            "--waivers and --max-age go with --audit");
    if (made && arguments->type != NULL)
        return wb_error_set(err, WB_USAGE,
                            "--type goes with --predicate; --sbom and --audit have their own");
    if (arguments->reading.platform != NULL && arguments->reading.all_platforms)
        return wb_error_set(err, WB_USAGE, "--platform and --all-platforms exclude each other");
    return check_sbom_format(arguments->sbom, err);
}

static bool run(struct attest_arguments *arguments, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_image_job) image = {0};
    struct attest_job job = {.arguments = arguments, .image = &image};
    bool from_stdin = arguments->predicate != NULL && strcmp(arguments->predicate, "-") == 0;
    arguments->reading.quiet = arguments->signing.quiet;
    if (!check_usage(arguments, err) || !wb_parties_read(&arguments->parties, err) ||
        !wb_image_job_open(&image, &arguments->signing, &arguments->reading.registry,
                           arguments->reference, from_stdin, err))
        return false;
    bool good =
        (arguments->predicate == NULL ? make_and_attest(&job, err) : attest_predicate(&job, err)) &&
        wb_layout_commit(image.layout, err);
    wb_auditing_clear(&job.auditing);
    return good ? wb_image_job_report(&image, err)
                : wb_error_context(err, "%s", arguments->reference);
}

enum wb_status wb_attest_command(int argc, const char **argv)
{
    struct attest_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    wb_secrets_begin();
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    wb_signing_options_clear(&arguments.signing);
    free(arguments.predicate);
    free(arguments.type);
    free(arguments.sbom);
    free(arguments.reference);
    wb_audit_arguments_clear(&arguments.audit);
    wb_parties_clear(&arguments.parties);
    wb_reading_options_clear(&arguments.reading);
    return good ? WB_OK : err.status;
}
