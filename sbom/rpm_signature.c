/* SPDX-License-Identifier: Apache-2.0 */
/* Whose signature a package bears: OpenPGP signature packets (RFC 9580 §5.2), read but not
 * verified. */
#include "sbom/rpm_private.h"

#include <stdlib.h>
#include <string.h>

/* Newer than the librpm that we may be built with: base64 texts, one for each signature. */
#define TAG_OPENPGP ((rpmTagVal)278)
#define PACKET_SIGNATURE 2
#define KEY_ID_SIZE 8

enum subpacket {
    SUBPACKET_CREATION_TIME = 2,
    SUBPACKET_ISSUER = 16,
    SUBPACKET_ISSUER_FINGERPRINT = 33,
};

struct signature {
    uint8_t public_key_algorithm, hash_algorithm;
    uint32_t creation_time;
    uint8_t key_id[KEY_ID_SIZE];
    bool has_key_id;
};

static const char *public_key_algorithm_name(uint8_t number)
{
    switch (number) {
    case 1:
    case 2:
    case 3:
        return "RSA";
    case 17:
        return "DSA";
    case 19:
        return "ECDSA";
    case 22:
        return "EdDSA";
    case 27:
        return "Ed25519";
    case 28:
        return "Ed448";
    case 30:
        return "ML-DSA-65+Ed25519";
    case 31:
        return "ML-DSA-87+Ed448";
    default:
        return NULL;
    }
}

static const char *hash_algorithm_name(uint8_t number)
{
    switch (number) {
    case 1:
        return "MD5";
    case 2:
        return "SHA1";
    case 3:
        return "RIPEMD160";
    case 8:
        return "SHA256";
    case 9:
        return "SHA384";
    case 10:
        return "SHA512";
    case 11:
        return "SHA224";
    case 12:
        return "SHA3-256";
    case 14:
        return "SHA3-512";
    default:
        return NULL;
    }
}

/* Takes `size` bytes off the front. */
static bool take(struct wb_bytes *from, size_t size, struct wb_bytes *taken)
{
    if (size > from->size)
        return false;
    *taken = (struct wb_bytes){from->data, size};
    *from = (struct wb_bytes){from->data + size, from->size - size};
    return true;
}

/* A big-endian number of `width` bytes, at most 4. */
static bool take_number(struct wb_bytes *from, size_t width, uint32_t *number)
{
    struct wb_bytes digits;
    if (!take(from, width, &digits))
        return false;
    *number = 0;
    for (size_t i = 0; i < width; i++)
        *number = *number << 8 | digits.data[i];
    return true;
}

/* Lengths of packets in the current format and of subpackets are alike, but for partial ones. */
static bool take_length(struct wb_bytes *from, uint8_t two_bytes_end, uint32_t *length)
{
    uint32_t first, second;
    if (!take_number(from, 1, &first))
        return false;
    if (first < 192) {
        *length = first;
        return true;
    }
    if (first == 255)
        return take_number(from, 4, length);
    if (first > two_bytes_end || !take_number(from, 1, &second))
        return false;
    *length = (first - 192) * 256 + second + 192;
    return true;
}

/* The body of the first packet when that is a signature (RFC 9580 §4.2). */
static bool take_signature_body(struct wb_bytes *from, struct wb_bytes *body)
{
    uint32_t head, length;
    if (!take_number(from, 1, &head) || (head & 0x80) == 0)
        return false;
    if ((head & 0x40) != 0)
        return (head & 0x3f) == PACKET_SIGNATURE && take_length(from, 223, &length) &&
               take(from, length, body);
    if ((head >> 2 & 0x0f) != PACKET_SIGNATURE)
        return false;
    if ((head & 3) == 3)
        return take(from, from->size, body);
    return take_number(from, (size_t)1 << (head & 3), &length) && take(from, length, body);
}

static void set_key_id(struct signature *signature, const uint8_t *key_id)
{
    memcpy(signature->key_id, key_id, KEY_ID_SIZE);
    signature->has_key_id = true;
}

static void read_subpacket(struct wb_bytes body, bool is_hashed, struct signature *signature)
{
    uint32_t type, version;
    if (!take_number(&body, 1, &type))
        return;
    switch (type & 0x7f) {
    case SUBPACKET_CREATION_TIME:
        if (is_hashed && body.size == 4)
            (void)take_number(&body, 4, &signature->creation_time);
        break;
    case SUBPACKET_ISSUER:
        if (!signature->has_key_id && body.size == KEY_ID_SIZE)
            set_key_id(signature, body.data);
        break;
    case SUBPACKET_ISSUER_FINGERPRINT:
        /* Version 4 keys are named by the end of their fingerprint, later ones by its beginning. */
        if (take_number(&body, 1, &version) && body.size >= KEY_ID_SIZE && !signature->has_key_id)
            set_key_id(signature, version <= 4 ? body.data + body.size - KEY_ID_SIZE : body.data);
        break;
    default:
        break;
    }
}

static bool read_subpackets(struct wb_bytes *from, size_t width, bool is_hashed,
                            struct signature *signature)
{
    uint32_t size, length;
    struct wb_bytes area, subpacket;
    if (!take_number(from, width, &size) || !take(from, size, &area))
        return false;
    while (area.size > 0) {
        if (!take_length(&area, 254, &length) || !take(&area, length, &subpacket))
            return false;
        read_subpacket(subpacket, is_hashed, signature);
    }
    return true;
}

static bool read_version_3(struct wb_bytes body, struct signature *signature)
{
    uint32_t hashed, algorithms;
    struct wb_bytes type, key_id;
    if (!take_number(&body, 1, &hashed) || hashed != 5 || !take(&body, 1, &type) ||
        !take_number(&body, 4, &signature->creation_time) || !take(&body, KEY_ID_SIZE, &key_id) ||
        !take_number(&body, 2, &algorithms))
        return false;
    signature->public_key_algorithm = (uint8_t)(algorithms >> 8);
    signature->hash_algorithm = (uint8_t)algorithms;
    set_key_id(signature, key_id.data);
    return true;
}

static bool read_body(struct wb_bytes body, struct signature *signature)
{
    uint32_t version, algorithms;
    struct wb_bytes type;
    if (!take_number(&body, 1, &version))
        return false;
    if (version == 3)
        return read_version_3(body, signature);
    if (version != 4 && version != 6)
        return false;
    if (!take(&body, 1, &type) || !take_number(&body, 2, &algorithms))
        return false;
    signature->public_key_algorithm = (uint8_t)(algorithms >> 8);
    signature->hash_algorithm = (uint8_t)algorithms;
    size_t width = version == 6 ? 4 : 2;
    return read_subpackets(&body, width, true, signature) &&
           read_subpackets(&body, width, false, signature);
}

bool wb_rpm_signature_parse(struct wb_bytes packet, struct wb_arena *arena, const char **key_id,
                            const char **description)
{
    struct wb_bytes body;
    struct signature signature = {0};
    *key_id = *description = NULL;
    if (!take_signature_body(&packet, &body) || !read_body(body, &signature))
        return false;
    char hex[2 * KEY_ID_SIZE + 1], time[WB_TIME_TEXT_SIZE];
    wb_hex_format(signature.key_id, KEY_ID_SIZE, hex);
    if (signature.has_key_id)
        *key_id = wb_arena_copy(arena, hex);
    const char *public_key = public_key_algorithm_name(signature.public_key_algorithm);
    const char *hash = hash_algorithm_name(signature.hash_algorithm);
    *description = wb_arena_format(
        arena, "%s/%s, %s, Key ID %s", public_key == NULL ? "unknown algorithm" : public_key,
        hash == NULL ? "unknown hash" : hash, wb_time_format(signature.creation_time, time),
        signature.has_key_id ? hex : "unknown");
    return true;
}

/* ---- headers ---- */

static int base64_digit(char digit)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = digit == '\0' ? NULL : strchr(digits, digit);
    return found == NULL ? -1 : (int)(found - digits);
}

/* Up to the padding or the first thing that is no digit but white space. */
static void decode_base64(const char *text, struct wb_buffer *out)
{
    uint32_t bits = 0;
    unsigned count = 0;
    for (; *text != '\0'; text++) {
        if (*text == '\n' || *text == '\r' || *text == ' ')
            continue;
        int digit = base64_digit(*text);
        if (digit < 0)
            return;
        bits = bits << 6 | (uint32_t)digit;
        count += 6;
        if (count >= 8) {
            count -= 8;
            uint8_t byte = (uint8_t)(bits >> count);
            wb_buffer_append(out, &byte, 1);
        }
    }
}

static bool read_binary(const struct wb_rpm_header *header, rpmTagVal tag, struct wb_bom *bom,
                        struct wb_package *package, bool *found, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_rpm_values) values = {0};
    if (!wb_rpm_binary(header, tag, &values, err))
        return false;
    struct wb_bytes packet = {values.data.data, values.count};
    *found =
        values.count > 0 && wb_rpm_signature_parse(packet, bom->arena, &package->signature_key_id,
                                                   &package->signature_description);
    if (values.count > 0 && !*found)
        package->signature_description = "(not an OpenPGP signature)";
    return true;
}

static bool read_base64(const struct wb_rpm_header *header, struct wb_bom *bom,
                        struct wb_package *package, bool *found, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_rpm_values) values = {0};
    if (!wb_rpm_texts(header, TAG_OPENPGP, &values, err))
        return false;
    *found = false;
    for (size_t i = 0; i < values.count && !*found; i++) {
        WB_AUTO_VALUE(wb_buffer) packet = {0};
        decode_base64(wb_rpm_text_at(&values, i), &packet);
        *found =
            wb_rpm_signature_parse(wb_buffer_bytes(&packet), bom->arena, &package->signature_key_id,
                                   &package->signature_description);
    }
    if (values.count > 0 && !*found)
        package->signature_description = "(not an OpenPGP signature)";
    return true;
}

bool wb_rpm_signature_read(const struct wb_rpm_header *header, struct wb_bom *bom,
                           struct wb_package *package, struct wb_error *err)
{
    bool found = false;
    if (!read_binary(header, RPMTAG_RSAHEADER, bom, package, &found, err) || found)
        return found;
    if (!read_binary(header, RPMTAG_DSAHEADER, bom, package, &found, err) || found)
        return found;
    if (!read_base64(header, bom, package, &found, err) || found)
        return found;
    if (!read_binary(header, RPMTAG_SIGPGP, bom, package, &found, err) || found)
        return found;
    return read_binary(header, RPMTAG_SIGGPG, bom, package, &found, err);
}
