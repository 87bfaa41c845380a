/* SPDX-License-Identifier: Apache-2.0 */
/* COSE_Sign1 (RFC 9052 §4.2), as CoSWID tags are signed (RFC 9393 §7). Nothing is allocated before
 * the message was taken apart. */
#include "base/cbor_reader.h"
#include "verify/verify_private.h"

#include <inttypes.h>
#include <string.h>

#define TAG_SIGN1 18
#define CHAIN_MAX 16
#define LABELS_MAX 32

/* Labels of header parameters (RFC 9052 §3.1, RFC 9360 §2). */
enum label {
    LABEL_ALGORITHM = 1,
    LABEL_CRITICAL = 2,
    LABEL_CONTENT_TYPE = 3,
    LABEL_KEY_ID = 4,
    LABEL_CERTIFICATES = 33,
};

/* RFC 9053 §2, RFC 8812 §2. */
static const struct {
    int64_t id;
    enum wb_key_algorithm key;
    enum wb_digest_algorithm digest;
} algorithms[] = {
    {-7, WB_KEY_ECDSA_P256, WB_DIGEST_SHA256},  {-35, WB_KEY_ECDSA_P384, WB_DIGEST_SHA384},
    {-36, WB_KEY_ECDSA_P521, WB_DIGEST_SHA512}, {-8, WB_KEY_ED25519, WB_DIGEST_NONE},
    {-257, WB_KEY_RSA, WB_DIGEST_SHA256},       {-258, WB_KEY_RSA, WB_DIGEST_SHA384},
    {-259, WB_KEY_RSA, WB_DIGEST_SHA512},
};

/* The parts of a message, in its own bytes. */
struct message {
    struct wb_bytes protected_header; /* the content of the byte string */
    struct wb_bytes payload;
    struct wb_bytes signature;
    bool has_algorithm;
    int64_t algorithm;
    struct wb_bytes content_type; /* text; empty: none, or a number */
    struct wb_bytes key_id;
    struct wb_bytes certificates[CHAIN_MAX]; /* DER, leaf first */
    size_t certificate_count;
};

static bool malformed(struct wb_error *err, const char *what)
{
    return wb_error_set(err, WB_BAD_INPUT, "COSE_Sign1: %s", what);
}

/* ---- headers ---- */

static bool read_certificates(struct wb_cbor_reader *reader, struct message *message)
{
    struct wb_cbor_item item;
    if (!wb_cbor_next(reader, &item))
        return false;
    bool one = item.type == WB_CBOR_BYTES;
    if (!one && (item.type != WB_CBOR_ARRAY || item.value == 0 || item.value > CHAIN_MAX))
        return false;
    size_t count = one ? 1 : (size_t)item.value;
    for (size_t i = 0; i < count; i++) {
        if (!one && !wb_cbor_expect(reader, WB_CBOR_BYTES, &item))
            return false;
        message->certificates[i] = item.content;
    }
    message->certificate_count = count;
    return true;
}

static bool read_algorithm(struct wb_cbor_reader *reader, struct message *message)
{
    struct wb_cbor_item item;
    if (!wb_cbor_next(reader, &item) || item.value > INT32_MAX ||
        (item.type != WB_CBOR_NEGATIVE && item.type != WB_CBOR_UNSIGNED))
        return false;
    message->has_algorithm = true;
    message->algorithm =
        item.type == WB_CBOR_NEGATIVE ? -1 - (int64_t)item.value : (int64_t)item.value;
    return true;
}

static bool read_parameter(struct wb_cbor_reader *reader, uint64_t label, bool is_protected,
                           struct message *message, struct wb_error *err)
{
    struct wb_cbor_item item;
    switch (label) {
    case LABEL_ALGORITHM:
        /* Where nobody signed it, it means nothing (RFC 9052 §3.1). */
        if (!is_protected)
            return malformed(err, "its algorithm is not in the protected header");
        return read_algorithm(reader, message) ||
               malformed(err, "its algorithm is not one of the registered numbers");
    case LABEL_CRITICAL:
        return malformed(err, "it has critical header parameters, none of which is known here");
    case LABEL_CONTENT_TYPE:
        if (!wb_cbor_next(reader, &item) ||
            (item.type != WB_CBOR_TEXT && item.type != WB_CBOR_UNSIGNED))
            return malformed(err, "its content type is neither text nor a number");
        message->content_type = item.content;
        return true;
    case LABEL_KEY_ID:
        if (!wb_cbor_expect(reader, WB_CBOR_BYTES, &item))
            return malformed(err, "its key id is not a byte string");
        message->key_id = item.content;
        return true;
    case LABEL_CERTIFICATES:
        return read_certificates(reader, message) ||
               malformed(err, "its certificates are not a byte string or a list of them");
    default:
        return wb_cbor_skip(reader, NULL) || malformed(err, "a header parameter is damaged");
    }
}

/* A label may stand in one of the two headers, once (RFC 9052 §3). */
struct seen {
    struct wb_bytes labels[LABELS_MAX];
    size_t count;
};

static bool note_label(struct seen *seen, struct wb_bytes label)
{
    for (size_t i = 0; i < seen->count; i++)
        if (seen->labels[i].size == label.size &&
            memcmp(seen->labels[i].data, label.data, label.size) == 0)
            return false;
    if (seen->count == LABELS_MAX)
        return false;
    seen->labels[seen->count++] = label;
    return true;
}

static bool read_header(struct wb_cbor_reader *reader, bool is_protected, struct seen *seen,
                        struct message *message, struct wb_error *err)
{
    struct wb_cbor_item map;
    if (!wb_cbor_expect(reader, WB_CBOR_MAP, &map))
        return malformed(err, "a header is not a map in deterministic encoding");
    for (uint64_t i = 0; i < map.value; i++) {
        size_t start = reader->at;
        struct wb_cbor_item label;
        if (!wb_cbor_next(reader, &label) ||
            (label.type != WB_CBOR_UNSIGNED && label.type != WB_CBOR_NEGATIVE &&
             label.type != WB_CBOR_TEXT))
            return malformed(err, "a header label is neither a number nor text");
        struct wb_bytes encoding = {reader->bytes.data + start, reader->at - start};
        if (!note_label(seen, encoding))
            return malformed(err, "a header label is there twice, or there are too many");
        uint64_t known = label.type == WB_CBOR_UNSIGNED ? label.value : 0;
        if (!read_parameter(reader, known, is_protected, message, err))
            return false;
    }
    return true;
}

/* ---- the message ---- */

/* Takes the tags in front: CoSWID's of a signed tag (RFC 9393 §7), then COSE_Sign1's, which may be
 * missing where the context says what it is. */
static bool skip_tags(struct wb_cbor_reader *reader, bool *tagged)
{
    struct wb_cbor_item item;
    size_t start = reader->at;
    *tagged = false;
    if (wb_cbor_expect(reader, WB_CBOR_TAG, &item) && item.value == WB_CBOR_TAG_COSWID) {
        start = reader->at;
        if (!wb_cbor_expect(reader, WB_CBOR_TAG, &item)) {
            reader->at = start;
            return true;
        }
    }
    if (item.type == WB_CBOR_TAG && item.value == TAG_SIGN1)
        *tagged = true;
    else
        reader->at = start;
    return item.type != WB_CBOR_TAG || *tagged;
}

bool wb_cose_recognises(struct wb_bytes bytes)
{
    struct wb_cbor_reader reader = {.bytes = bytes};
    bool tagged;
    return skip_tags(&reader, &tagged) && tagged;
}

static bool read_message(struct wb_bytes bytes, struct message *message, struct wb_error *err)
{
    struct wb_cbor_reader reader = {.bytes = bytes};
    struct wb_cbor_item item;
    bool tagged;
    if (!skip_tags(&reader, &tagged) || !wb_cbor_expect(&reader, WB_CBOR_ARRAY, &item) ||
        item.value != 4)
        return malformed(err, "it is not an array of four");
    if (!wb_cbor_expect(&reader, WB_CBOR_BYTES, &item))
        return malformed(err, "its protected header is not a byte string");
    message->protected_header = item.content;
    struct wb_cbor_reader header = {.bytes = item.content};
    struct seen seen = {.count = 0};
    if (!read_header(&header, true, &seen, message, err) || !wb_cbor_ended(&header))
        return err->status != WB_OK ? false : malformed(err, "bytes follow the protected header");
    if (!read_header(&reader, false, &seen, message, err))
        return false;
    if (!wb_cbor_next(&reader, &item) || item.type != WB_CBOR_BYTES)
        return malformed(err, item.type == WB_CBOR_SIMPLE
                                  ? "its payload is detached, which is not supported"
                                  : "its payload is not a byte string");
    message->payload = item.content;
    if (!wb_cbor_expect(&reader, WB_CBOR_BYTES, &item))
        return malformed(err, "its signature is not a byte string");
    message->signature = item.content;
    if (!message->has_algorithm)
        return malformed(err, "it states no algorithm");
    return wb_cbor_ended(&reader) || malformed(err, "bytes follow it");
}

/* ---- the signature ---- */

static void append_head(struct wb_buffer *buffer, unsigned type, uint64_t value)
{
    uint8_t head[9];
    size_t size = value < 24            ? 0
                  : value <= UINT8_MAX  ? 1
                  : value <= UINT16_MAX ? 2
                  : value <= UINT32_MAX ? 4
                                        : 8;
    static const uint8_t information[] = {0, 24, 25, 0, 26, 0, 0, 0, 27};
    head[0] = (uint8_t)(type << 5 | (size == 0 ? (unsigned)value : information[size]));
    for (size_t i = 0; i < size; i++)
        head[1 + i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    wb_buffer_append(buffer, head, 1 + size);
}

/* What is signed: Sig_structure (RFC 9052 §4.4) without external data. */
static void write_signed_bytes(const struct message *message, struct wb_buffer *bytes)
{
    static const char context[] = "Signature1";
    append_head(bytes, WB_CBOR_ARRAY, 4);
    append_head(bytes, WB_CBOR_TEXT, strlen(context));
    wb_buffer_append_text(bytes, context);
    append_head(bytes, WB_CBOR_BYTES, message->protected_header.size);
    wb_buffer_append(bytes, message->protected_header.data, message->protected_header.size);
    append_head(bytes, WB_CBOR_BYTES, 0);
    append_head(bytes, WB_CBOR_BYTES, message->payload.size);
    wb_buffer_append(bytes, message->payload.data, message->payload.size);
}

bool wb_check_cose_signature(const struct wb_key *key, const struct wb_signed_thing *thing,
                             struct wb_error *err)
{
    enum wb_key_algorithm algorithm = wb_key_algorithm_of(key);
    size_t i = 0, count = sizeof algorithms / sizeof algorithms[0];
    while (i < count && algorithms[i].id != thing->cose_algorithm)
        i++;
    if (i == count)
        return wb_error_set(err, WB_CHECK_FAILED, "COSE algorithm %" PRId64 " is not supported",
                            thing->cose_algorithm);
    if (algorithms[i].key != algorithm)
        return wb_error_set(err, WB_CHECK_FAILED,
                            "it was made with another kind of key (COSE algorithm %" PRId64 ")",
                            thing->cose_algorithm);
    if (algorithm == WB_KEY_ED25519)
        return wb_key_check(key, thing->message, thing->signature, err);
    struct wb_digest digest;
    if (!wb_digest_bytes(algorithms[i].digest, thing->message, &digest, err))
        return false;
    if (algorithm == WB_KEY_RSA)
        return wb_key_check_digest(key, &digest, thing->signature, err);
    uint8_t der[WB_ECDSA_DER_MAX];
    size_t size;
    if (!wb_ecdsa_der_from_raw(algorithm, thing->signature, der, &size))
        return wb_error_set(err, WB_CHECK_FAILED, "its signature has the wrong size for the key");
    return wb_key_check_digest(key, &digest, (struct wb_bytes){der, size}, err);
}

static bool check(const struct message *message, const struct wb_verify_demands *demands,
                  struct wb_arena *arena, struct wb_proof *proof, struct wb_error *err)
{
    WB_AUTO(wb_certificates) *certificates = NULL;
    for (size_t i = 0; i < message->certificate_count; i++)
        if (!wb_certificates_add_der(&certificates, message->certificates[i], err))
            return false;
    WB_AUTO_VALUE(wb_buffer) signed_bytes = {0};
    write_signed_bytes(message, &signed_bytes);
    const struct wb_signed_thing thing = {
        .form = "cose",
        .message = wb_buffer_bytes(&signed_bytes),
        .signature = message->signature,
        .certificates = certificates,
        .timestamped = message->signature,
        .is_cose = true,
        .cose_algorithm = message->algorithm,
    };
    return wb_check_signature(&thing, demands, arena, proof, err);
}

bool wb_verify_cose(struct wb_bytes bytes, const struct wb_verify_demands *demands,
                    struct wb_verify_report *report, struct wb_cose_content *content,
                    struct wb_error *err)
{
    struct message message = {.has_algorithm = false};
    struct wb_proof proof = {0};
    struct wb_digest digest;
    char text[WB_DIGEST_TEXT_SIZE];
    bool good = read_message(bytes, &message, err) &&
                check(&message, demands, report->arena, &proof, err) &&
                wb_digest_bytes(WB_DIGEST_SHA256, message.payload, &digest, err);
    if (!good) {
        wb_report_refusal(report, "", false, err);
        return false;
    }
    proof.payload = message.payload;
    proof.subject = wb_arena_copy(report->arena, wb_digest_format(&digest, text));
    content->payload = message.payload;
    content->content_type =
        wb_arena_copy_bytes(report->arena, message.content_type.data, message.content_type.size);
    wb_report_proof(report, &proof);
    return wb_report_enough(report, demands, "signature", err);
}
