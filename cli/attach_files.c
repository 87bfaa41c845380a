/* SPDX-License-Identifier: Apache-2.0 */
/* Attaching signatures, attestations and SBOMs from files. */
#include "cli/attaching.h"

#include <stdlib.h>
#include <string.h>

#define SIGNATURE_SIZE_MAX ((size_t)1 << 20)
#define CERTIFICATE_SIZE_MAX ((size_t)1 << 20)

/* ---- what belongs to the image ---- */

static bool check_statement(const struct wb_attaching *attaching,
                            const struct wb_dsse_envelope *envelope, char **predicate_type,
                            struct wb_error *err)
{
    WB_AUTO(wb_statement) *statement = wb_statement_read(envelope->payload, err);
    char text[WB_DIGEST_TEXT_SIZE];
    if (statement == NULL)
        return false;
    if (wb_statement_subject_of(statement, &attaching->target->digest) == NULL)
        return wb_error_set(err, WB_CHECK_FAILED, "it speaks of %.20s:%.64s, not of %s",
                            statement->subjects[0].digests[0].name,
                            statement->subjects[0].digests[0].value,
                            wb_digest_format(&attaching->target->digest, text));
    *predicate_type = wb_string_copy(statement->predicate_type);
    return true;
}

static bool attach_bundle(const struct wb_attaching *attaching, struct wb_bytes bytes,
                          bool is_signature, struct wb_error *err)
{
    WB_AUTO(wb_bundle) *bundle = wb_bundle_read(bytes, err);
    WB_AUTO_STRING type = NULL;
    if (bundle == NULL)
        return false;
    if (bundle->envelope == NULL)
        return wb_error_set(err, WB_CHECK_FAILED, "the bundle holds no statement about an image");
    if (!check_statement(attaching, bundle->envelope, &type, err))
        return false;
    if ((strcmp(type, WB_COSIGN_SIGN_PREDICATE) == 0) != is_signature)
        return wb_error_set(err, WB_CHECK_FAILED, "it is %s: `attach %s` attaches it",
                            is_signature ? "an attestation" : "a signature of the image",
                            is_signature ? "attestation --attestation" : "signature --signature");
    return wb_attach_bundle(attaching->layout, attaching->target, bytes, type, attaching->created,
                            err);
}

/* ---- signatures ---- */

/* As text, for an annotation, after it turned out to be certificates. */
static bool read_certificates(const char *path, struct wb_buffer *pem, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) given = {0};
    if (!wb_read_argument(path, CERTIFICATE_SIZE_MAX, &given, err))
        return false;
    WB_AUTO(wb_certificates) *certificates = wb_certificates_read(wb_buffer_bytes(&given), err);
    if (certificates == NULL)
        return wb_error_context(err, "%s", path);
    for (size_t i = 0; i < wb_certificates_count(certificates); i++)
        if (!wb_certificate_pem(certificates, i, pem, err))
            return wb_error_context(err, "%s", path);
    return true;
}

static bool check_payload(const struct wb_attaching *attaching, struct wb_bytes bytes,
                          struct wb_error *err)
{
    WB_AUTO(wb_simple_signing) *payload = wb_simple_signing_read(bytes, err);
    char text[WB_DIGEST_TEXT_SIZE];
    if (payload == NULL)
        return false;
    return wb_digest_equal(&payload->manifest_digest, &attaching->target->digest) ||
           wb_error_set(err, WB_CHECK_FAILED, "it is a payload of %s, another image",
                        wb_digest_format(&payload->manifest_digest, text));
}

/* Base64 text, or the raw bytes of a signature, to base64. */
static void encode_signature(const struct wb_buffer *given, struct wb_buffer *text)
{
    size_t size = given->size;
    while (size > 0 && strchr("\r\n ", given->data[size - 1]) != NULL)
        size--;
    WB_AUTO_VALUE(wb_buffer) decoded = {0};
    if (size > 0 && wb_base64_decode((const char *)given->data, size, &decoded))
        wb_base64_encode(wb_buffer_bytes(&decoded), text);
    else
        wb_base64_encode(wb_buffer_bytes(given), text);
}

static bool attach_layer(struct wb_attaching *attaching, const struct wb_buffer *given,
                         struct wb_error *err)
{
    const struct wb_attach_arguments *arguments = attaching->arguments;
    WB_AUTO_VALUE(wb_buffer) payload = {0}, signature = {0}, certificate = {0}, chain = {0};
    if (!wb_read_argument(arguments->payload, WB_ENVELOPE_SIZE_MAX, &payload, err))
        return false;
    if (!check_payload(attaching, wb_buffer_bytes(&payload), err))
        return wb_error_context(err, "%s", arguments->payload);
    encode_signature(given, &signature);
    struct wb_name_value annotations[3] = {
        {"dev.cosignproject.cosign/signature", (const char *)signature.data}};
    size_t count = 1;
    if (arguments->certificate != NULL) {
        if (!read_certificates(arguments->certificate, &certificate, err))
            return false;
        annotations[count++] = (struct wb_name_value){"dev.sigstore.cosign/certificate",
                                                      (const char *)certificate.data};
    }
    if (arguments->certificate_chain != NULL) {
        if (!read_certificates(arguments->certificate_chain, &chain, err))
            return false;
        annotations[count++] =
            (struct wb_name_value){"dev.sigstore.cosign/chain", (const char *)chain.data};
    }
    return wb_attach_layer(attaching->layout, attaching->target, ".sig",
                           WB_SIMPLE_SIGNING_MEDIA_TYPE, wb_buffer_bytes(&payload), annotations,
                           count, err);
}

bool wb_attach_signature_file(struct wb_attaching *attaching, struct wb_error *err)
{
    const struct wb_attach_arguments *arguments = attaching->arguments;
    WB_AUTO_VALUE(wb_buffer) given = {0};
    if (!wb_read_argument(arguments->signature, WB_ENVELOPE_SIZE_MAX, &given, err))
        return false;
    if (wb_bundle_is(wb_buffer_bytes(&given))) {
        if (arguments->payload != NULL || arguments->certificate != NULL ||
            arguments->certificate_chain != NULL)
            return wb_error_set(err, WB_USAGE,
                                "%s is a bundle, which has its payload and certificate in it",
                                arguments->signature);
        return attach_bundle(attaching, wb_buffer_bytes(&given), true, err) ||
               wb_error_context(err, "%s", arguments->signature);
    }
    if (arguments->payload == NULL)
        return wb_error_set(err, WB_USAGE,
                            "--payload FILE is needed: what the signature in %s is of",
                            arguments->signature);
    if (given.size == 0 || given.size > SIGNATURE_SIZE_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "%s: not a signature", arguments->signature);
    return attach_layer(attaching, &given, err);
}

/* ---- attestations ---- */

bool wb_attach_attestation_file(struct wb_attaching *attaching, struct wb_error *err)
{
    const char *path = attaching->arguments->attestation;
    WB_AUTO_VALUE(wb_buffer) given = {0};
    if (!wb_read_argument(path, WB_ENVELOPE_SIZE_MAX, &given, err))
        return false;
    if (wb_bundle_is(wb_buffer_bytes(&given)))
        return attach_bundle(attaching, wb_buffer_bytes(&given), false, err) ||
               wb_error_context(err, "%s", path);
    WB_AUTO(wb_dsse_envelope) *envelope = wb_dsse_read(wb_buffer_bytes(&given), err);
    WB_AUTO_STRING type = NULL;
    if (envelope == NULL || !check_statement(attaching, envelope, &type, err))
        return wb_error_context(err, "%s", path);
    const struct wb_name_value annotations[] = {{"dev.cosignproject.cosign/signature", ""},
                                                {"predicateType", type}};
    return wb_attach_layer(attaching->layout, attaching->target, ".att", WB_DSSE_MEDIA_TYPE,
                           wb_buffer_bytes(&given), annotations, 2, err);
}

/* ---- SBOMs ---- */

/* cosign's media types; which of them a document has is seen from its first character. */
static const char *sbom_media_type(const char *type, struct wb_bytes document)
{
    size_t at = 0;
    while (at < document.size && strchr(" \t\r\n", document.data[at]) != NULL)
        at++;
    bool is_json = at < document.size && document.data[at] == '{';
    if (strcmp(type, "spdx") == 0)
        return is_json ? "spdx+json" : "text/spdx";
    if (strcmp(type, "cyclonedx") == 0)
        return is_json ? "application/vnd.cyclonedx+json" : "application/vnd.cyclonedx+xml";
    return strcmp(type, "syft") == 0 ? "application/vnd.syft+json" : NULL;
}

bool wb_attach_sbom_file(struct wb_attaching *attaching, struct wb_error *err)
{
    const struct wb_attach_arguments *arguments = attaching->arguments;
    WB_AUTO_VALUE(wb_buffer) document = {0};
    if (!wb_read_argument(arguments->sbom, WB_ENVELOPE_SIZE_MAX, &document, err))
        return false;
    if (document.size == 0)
        return wb_error_set(err, WB_BAD_INPUT, "%s: empty", arguments->sbom);
    const char *type = arguments->type == NULL ? "spdx" : arguments->type;
    const char *media_type = sbom_media_type(type, wb_buffer_bytes(&document));
    if (media_type == NULL)
        return wb_error_set(err, WB_USAGE, "--type %s: it is spdx, cyclonedx or syft", type);
    return wb_attach_layer(attaching->layout, attaching->target, ".sbom", media_type,
                           wb_buffer_bytes(&document), NULL, 0, err);
}
