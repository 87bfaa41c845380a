/* SPDX-License-Identifier: Apache-2.0 */
/* waybill download */
#include "cli/registries.h"
#include "sign/attachments.h"

#include <stdlib.h>
#include <string.h>

static const char examples[] =
    "  waybill download signature oci:image:v1\n"
    "      the signatures, one JSON line each: bundles as they are, the older form as cosign's\n"
    "  waybill download attestation --predicate-type spdxjson oci:image:v1\n"
    "      the signed statements of one type\n"
    "  waybill download sbom oci:image:v1 > image.spdx.json\n"
    "      the SBOM that is attached, or else the one that is attested\n";

struct download_arguments {
    struct wb_registry_arguments registry;
    char *predicate_type;
    char *what;
    char *reference;
};

static bool take_arguments(poptContext context, struct download_arguments *arguments,
                           struct wb_error *err)
{
    const char *what = poptGetArg(context);
    if (what == NULL || (strcmp(what, "signature") != 0 && strcmp(what, "attestation") != 0 &&
                         strcmp(what, "sbom") != 0))
        return wb_error_set(err, WB_USAGE,
                            "download what: it is signature, attestation or sbom, then the image");
    arguments->what = wb_string_copy(what);
    return wb_options_argument(context, "image", &arguments->reference, err);
}

static bool parse_arguments(int argc, const char **argv, struct download_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        {"predicate-type", 0, POPT_ARG_STRING, &arguments->predicate_type, 0,
         "attestations of this type only: one of cosign's short names, or a URI", "TYPE"},
        WB_REGISTRY_OPTIONS(&arguments->registry),
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    const struct wb_usage usage = {table, "[OPTION...] signature|attestation|sbom IMAGE", examples};
    return wb_options_read(&options, &usage, argc, argv, helped, err) &&
           (*helped || take_arguments(options.context, arguments, err));
}

/* ---- one line each ---- */

static json_t *parse_annotation(const char *text)
{
    if (text == NULL)
        return json_null();
    struct wb_error ignored = WB_ERROR_INIT;
    json_t *json = wb_json_parse((struct wb_bytes){(const uint8_t *)text, strlen(text)}, &ignored);
    return json == NULL ? json_null() : json;
}

static json_t *string_or_null(const char *text)
{
    return text == NULL ? json_null() : json_string(text);
}

/* cosign's members; the certificates stay PEM, as the layer has them. */
static char *signature_line(const struct wb_attachment *attachment, struct wb_bytes payload)
{
    WB_AUTO_VALUE(wb_buffer) encoded = {0};
    wb_base64_encode(payload, &encoded);
    const json_t *from = attachment->annotations;
    WB_AUTO_JSON line = json_pack(
        "{s:o, s:s, s:o, s:o, s:o, s:o}", "Base64Signature",
        string_or_null(wb_json_string_of(from, "dev.cosignproject.cosign/signature")), "Payload",
        encoded.size == 0 ? "" : (const char *)encoded.data, "Cert",
        string_or_null(wb_json_string_of(from, "dev.sigstore.cosign/certificate")), "Chain",
        string_or_null(wb_json_string_of(from, "dev.sigstore.cosign/chain")), "Bundle",
        parse_annotation(wb_json_string_of(from, "dev.sigstore.cosign/bundle")), "RFC3161Timestamp",
        parse_annotation(wb_json_string_of(from, "dev.sigstore.cosign/rfc3161timestamp")));
    return json_dumps(line, JSON_COMPACT);
}

/* As it is when it is one line; else without its line breaks. */
static char *document_line(struct wb_bytes document, struct wb_error *err)
{
    if (document.size == 0)
        return wb_string_copy("");
    if (memchr(document.data, '\n', document.size) == NULL)
        return wb_string_format("%.*s", (int)document.size, (const char *)document.data);
    WB_AUTO_JSON json = wb_json_parse(document, err);
    return json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
}

static bool write_line(struct wb_layout *layout, const struct wb_attachment *attachment,
                       struct wb_output *output, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!wb_attachment_read(layout, attachment, &content, err))
        return false;
    struct wb_bytes bytes = wb_buffer_bytes(&content);
    WB_AUTO_STRING line = attachment->kind == WB_ATTACHMENT_SIGNATURE && !attachment->is_bundle
                              ? signature_line(attachment, bytes)
                              : document_line(bytes, err);
    char text[WB_DIGEST_TEXT_SIZE];
    if (line == NULL)
        return wb_error_context(err, "%s", wb_digest_format(&attachment->blob, text));
    wb_output_write(output, line, strlen(line));
    wb_output_write(output, "\n", 1);
    return true;
}

static bool write_lines(struct wb_layout *layout, const struct wb_attachments *attachments,
                        enum wb_attachment_kind kind, const char *predicate_type,
                        struct wb_output *output, struct wb_error *err)
{
    size_t written = 0;
    for (size_t i = 0; i < attachments->count; i++) {
        const struct wb_attachment *one = &attachments->items[i];
        if (one->kind != kind ||
            (predicate_type != NULL &&
             (one->predicate_type == NULL || strcmp(one->predicate_type, predicate_type) != 0)))
            continue;
        if (!write_line(layout, one, output, err))
            return false;
        written++;
    }
    return written > 0 ||
           wb_error_set(err, WB_CHECK_FAILED, "no %s found%s%s", wb_attachment_kind_name(kind),
                        predicate_type == NULL ? "" : " of type ",
                        predicate_type == NULL ? "" : predicate_type);
}

/* ---- SBOMs ---- */

static bool is_sbom_predicate(const char *type)
{
    return type != NULL && (strcmp(type, wb_predicate_type("spdxjson")) == 0 ||
                            strcmp(type, wb_predicate_type("cyclonedx")) == 0);
}

/* The predicate of an attestation, in either form. */
static bool write_predicate(struct wb_layout *layout, const struct wb_attachment *attachment,
                            struct wb_output *output, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!wb_attachment_read(layout, attachment, &content, err))
        return false;
    WB_AUTO(wb_bundle) *bundle =
        attachment->is_bundle ? wb_bundle_read(wb_buffer_bytes(&content), err) : NULL;
    WB_AUTO(wb_dsse_envelope) *layer =
        attachment->is_bundle ? NULL : wb_dsse_read(wb_buffer_bytes(&content), err);
    const struct wb_dsse_envelope *envelope = bundle == NULL ? layer : bundle->envelope;
    WB_AUTO(wb_statement) *statement =
        envelope == NULL ? NULL : wb_statement_read(envelope->payload, err);
    if (statement == NULL)
        return false;
    const json_t *predicate = json_object_get(statement->json, "predicate");
    WB_AUTO_STRING text = json_is_string(predicate) ? wb_string_copy(json_string_value(predicate))
                                                    : json_dumps(predicate, JSON_INDENT(2));
    if (text == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "the attestation has no predicate");
    wb_output_write(output, text, strlen(text));
    wb_output_write(output, "\n", 1);
    return true;
}

static bool write_sbom(struct wb_layout *layout, const struct wb_attachments *attachments,
                       struct wb_output *output, struct wb_error *err)
{
    const struct wb_attachment *attested = NULL;
    for (size_t i = 0; i < attachments->count; i++) {
        const struct wb_attachment *one = &attachments->items[i];
        if (one->kind == WB_ATTACHMENT_ATTESTATION && is_sbom_predicate(one->predicate_type))
            attested = attested == NULL ? one : attested;
        if (one->kind != WB_ATTACHMENT_SBOM)
            continue;
        WB_AUTO_VALUE(wb_buffer) content = {0};
        if (!wb_attachment_read(layout, one, &content, err))
            return false;
        wb_output_write(output, content.data, content.size);
        wb_say_note("this SBOM is attached without a signature");
        return true;
    }
    if (attested == NULL)
        return wb_error_set(err, WB_CHECK_FAILED, "no SBOM found");
    wb_say_note("this SBOM is out of an attestation that was not verified here; `waybill "
                "verify-attestation` does that");
    return write_predicate(layout, attested, output, err);
}

/* ---- */

static bool download(const struct download_arguments *arguments, struct wb_layout *layout,
                     struct wb_error *err)
{
    const char *type = NULL;
    if (arguments->predicate_type != NULL) {
        type = wb_predicate_type(arguments->predicate_type);
        if (type == NULL || strcmp(arguments->what, "attestation") != 0)
            return wb_error_set(err, WB_USAGE,
                                "--predicate-type goes with attestation, and is a URI or one of %s",
                                wb_predicate_type_names());
    }
    WB_AUTO_VALUE(wb_attachments) attachments = {0};
    const struct wb_descriptor *target = wb_layout_target(layout, err);
    if (target == NULL || !wb_attachments_find(layout, &target->digest, &attachments, err))
        return false;
    WB_AUTO(wb_output) *output = wb_output_open("-", err);
    if (output == NULL)
        return false;
    bool good =
        strcmp(arguments->what, "sbom") == 0
            ? write_sbom(layout, &attachments, output, err)
            : write_lines(layout, &attachments,
                          strcmp(arguments->what, "signature") == 0 ? WB_ATTACHMENT_SIGNATURE
                                                                    : WB_ATTACHMENT_ATTESTATION,
                          type, output, err);
    return good && wb_output_commit(output, err);
}

static bool run(const struct download_arguments *arguments, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_reference) reference = {0};
    if (!wb_image_reference(arguments->reference, &arguments->registry, &reference, err))
        return false;
    WB_AUTO(wb_layout) *layout = wb_layout_open(&reference, WB_LAYOUT_READ, err);
    return layout != NULL &&
           (download(arguments, layout, err) || wb_error_context(err, "%s", arguments->reference));
}

enum wb_status wb_download_command(int argc, const char **argv)
{
    struct download_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    free(arguments.predicate_type);
    free(arguments.what);
    wb_registry_arguments_clear(&arguments.registry);
    free(arguments.reference);
    return good ? WB_OK : err.status;
}
