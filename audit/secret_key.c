/* SPDX-License-Identifier: Apache-2.0 */
/* Tells private keys by their structure: PKCS#1, PKCS#8, SEC 1, OpenSSH, SSH2, OpenPGP.
 * Only outer structures are read, each byte within its bounds. */
#include "audit/secret_private.h"

#include <string.h>

#define NO_KEY ((struct wb_secret_key){0})

/* ---- DER (X.690) ---- */

enum { DER_INTEGER = 0x02, DER_OCTETS = 0x04, DER_OID = 0x06, DER_SEQUENCE = 0x30 };

/* Takes one element off the front. */
static bool der_take(struct wb_bytes *from, uint8_t *tag, struct wb_bytes *contents)
{
    if (from->size < 2)
        return false;
    size_t length = from->data[1], header = 2;
    if (length >= 0x80) {
        size_t digits = length & 0x7F;
        if (digits == 0 || digits > 4 || from->size < 2 + digits)
            return false;
        length = 0;
        for (size_t i = 0; i < digits; i++)
            length = length << 8 | from->data[2 + i];
        header += digits;
    }
    if (length > from->size - header)
        return false;
    *tag = from->data[0];
    *contents = (struct wb_bytes){from->data + header, length};
    from->data += header + length;
    from->size -= header + length;
    return true;
}

static bool der_expect(struct wb_bytes *from, uint8_t tag, struct wb_bytes *contents)
{
    uint8_t found;
    return der_take(from, &found, contents) && found == tag;
}

static bool is_small_integer(struct wb_bytes contents, uint8_t most)
{
    return contents.size == 1 && contents.data[0] <= most;
}

/* PKCS#1 (RFC 8017 A.1.2): version and eight integers; the DSA form that OpenSSL has: version and
 * five. `integers` is how many follow the version. */
static bool is_integers(struct wb_bytes inside, unsigned integers, size_t first_size)
{
    struct wb_bytes integer;
    if (!der_expect(&inside, DER_INTEGER, &integer) || !is_small_integer(integer, 1))
        return false;
    for (unsigned i = 0; i < integers; i++)
        if (!der_expect(&inside, DER_INTEGER, &integer) || integer.size == 0 ||
            (i == 0 && integer.size < first_size))
            return false;
    return inside.size == 0;
}

/* SEC 1 C.4 (RFC 5915). */
static bool is_sec1(struct wb_bytes inside)
{
    struct wb_bytes part;
    return der_expect(&inside, DER_INTEGER, &part) && is_small_integer(part, 1) &&
           part.data[0] == 1 && der_expect(&inside, DER_OCTETS, &part) && part.size >= 14 &&
           part.size <= 72;
}

/* PKCS#8 (RFC 5958). */
static bool is_pkcs8(struct wb_bytes inside)
{
    struct wb_bytes part, algorithm;
    return der_expect(&inside, DER_INTEGER, &part) && is_small_integer(part, 1) &&
           der_expect(&inside, DER_SEQUENCE, &algorithm) &&
           der_expect(&algorithm, DER_OID, &part) && der_expect(&inside, DER_OCTETS, &part) &&
           part.size >= 16;
}

/* PKCS#8, encrypted: by PBES2 or PBES1 (1.2.840.113549.1.5.x) or PKCS#12's
 * (1.2.840.113549.1.12.1.x).
 */
static bool is_encrypted_pkcs8(struct wb_bytes inside)
{
    static const uint8_t pkcs5[] = {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05};
    static const uint8_t pkcs12[] = {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x01};
    struct wb_bytes algorithm, oid, part;
    if (!der_expect(&inside, DER_SEQUENCE, &algorithm) || !der_expect(&algorithm, DER_OID, &oid) ||
        !der_expect(&inside, DER_OCTETS, &part) || part.size < 16 || inside.size != 0)
        return false;
    return (oid.size > sizeof pkcs5 && memcmp(oid.data, pkcs5, sizeof pkcs5) == 0) ||
           (oid.size > sizeof pkcs12 && memcmp(oid.data, pkcs12, sizeof pkcs12) == 0);
}

static struct wb_secret_key look_der(struct wb_bytes body)
{
    struct wb_bytes inside;
    if (!der_expect(&body, DER_SEQUENCE, &inside) || body.size != 0)
        return NO_KEY;
    if (is_pkcs8(inside))
        return (struct wb_secret_key){.kind = "private key"};
    if (is_encrypted_pkcs8(inside))
        return (struct wb_secret_key){.kind = "private key", .encrypted = true};
    if (is_integers(inside, 8, 33))
        return (struct wb_secret_key){.kind = "RSA private key"};
    if (is_integers(inside, 5, 33))
        return (struct wb_secret_key){.kind = "DSA private key"};
    if (is_sec1(inside))
        return (struct wb_secret_key){.kind = "EC private key"};
    return NO_KEY;
}

/* ---- OpenSSH (PROTOCOL.key) and SSH2 ---- */

static struct wb_secret_key look_openssh(struct wb_bytes body)
{
    static const char magic[] = "openssh-key-v1"; /* with its NUL */
    uint32_t length;
    if (body.size < sizeof magic + 32 || memcmp(body.data, magic, sizeof magic) != 0 ||
        !wb_bytes_u32be(body, sizeof magic, &length) || length > 64 ||
        length > body.size - sizeof magic - 4)
        return NO_KEY;
    return (struct wb_secret_key){
        .kind = "OpenSSH private key",
        .encrypted = length != 4 || memcmp(body.data + sizeof magic + 4, "none", 4) != 0,
    };
}

static struct wb_secret_key look_ssh2(struct wb_bytes body)
{
    uint32_t magic;
    if (!wb_bytes_u32be(body, 0, &magic) || magic != UINT32_C(0x3F6FF9EB) || body.size < 32)
        return NO_KEY;
    /* Its encryption is told behind a type that has no bound; "ENCRYPTED" is part of its label. */
    return (struct wb_secret_key){.kind = "SSH2 private key", .encrypted = true};
}

/* ---- OpenPGP (RFC 9580) ---- */

/* The first packet, where it is a secret key or subkey. */
static bool pgp_secret_packet(struct wb_bytes body, struct wb_bytes *packet)
{
    if (body.size < 8 || (body.data[0] & 0x80) == 0)
        return false;
    bool is_new = (body.data[0] & 0x40) != 0;
    unsigned type = is_new ? body.data[0] & 0x3F : body.data[0] >> 2 & 0x0F;
    size_t header, length;
    uint8_t first = body.data[1];
    if (is_new) {
        header = first < 192 ? 2 : first < 224 ? 3 : 6;
        length = first < 192 ? first : (size_t)(first - 192) << 8 | body.data[2];
        length += first < 192 ? 0 : 192;
    } else {
        static const uint8_t sizes[] = {1, 2, 4, 0};
        size_t digits = sizes[body.data[0] & 3];
        header = 1 + digits;
        length = 0;
        for (size_t i = 0; i < digits; i++)
            length = length << 8 | body.data[1 + i];
    }
    *packet = (struct wb_bytes){body.data + header, body.size - header};
    return (type == 5 || type == 7) && length >= 16 && packet->size >= 16;
}

static bool pgp_skip_integer(struct wb_bytes *packet)
{
    uint16_t bits;
    if (!wb_bytes_u16be(*packet, 0, &bits) || packet->size < 2u + (bits + 7u) / 8)
        return false;
    size_t size = 2u + (bits + 7u) / 8;
    packet->data += size;
    packet->size -= size;
    return true;
}

static bool pgp_skip_counted(struct wb_bytes *packet)
{
    if (packet->size == 0 || packet->size <= packet->data[0])
        return false;
    size_t size = 1u + packet->data[0];
    packet->data += size;
    packet->size -= size;
    return true;
}

/* The public part of a version 4 key (section 5.5.5). */
static bool pgp_skip_public(struct wb_bytes *packet, uint8_t algorithm)
{
    static const uint8_t integers[23] = {
        [1] = 2, [2] = 2, [3] = 2, [16] = 3, [17] = 4, [18] = 1, [19] = 1, [22] = 1};
    if (algorithm >= sizeof integers || integers[algorithm] == 0)
        return false;
    bool is_curve = algorithm == 18 || algorithm == 19 || algorithm == 22;
    if (is_curve && !pgp_skip_counted(packet))
        return false;
    for (unsigned i = 0; i < integers[algorithm]; i++)
        if (!pgp_skip_integer(packet))
            return false;
    return algorithm != 18 || pgp_skip_counted(packet);
}

static struct wb_secret_key look_pgp(struct wb_bytes body)
{
    struct wb_bytes packet;
    if (!pgp_secret_packet(body, &packet) || packet.data[0] < 3 || packet.data[0] > 6)
        return NO_KEY;
    struct wb_secret_key key = {.kind = "OpenPGP private key"};
    if (packet.data[0] != 4)
        return key;
    uint8_t algorithm = packet.data[5];
    packet.data += 6;
    packet.size -= 6;
    if (pgp_skip_public(&packet, algorithm) && packet.size > 0)
        key.encrypted = packet.data[0] != 0;
    return key;
}

/* ---- what a PEM block holds ---- */

static bool label_is(const char *label, size_t size, const char *expected)
{
    return size == strlen(expected) && memcmp(label, expected, size) == 0;
}

struct wb_secret_key wb_secret_key_look(const char *label, size_t label_size, bool header_encrypted,
                                        struct wb_bytes body)
{
    if (label_is(label, label_size, "OPENSSH PRIVATE KEY"))
        return look_openssh(body);
    if (label_is(label, label_size, "PGP PRIVATE KEY BLOCK"))
        return look_pgp(body);
    if (label_is(label, label_size, "SSH2 ENCRYPTED PRIVATE KEY"))
        return look_ssh2(body);
    if (label_is(label, label_size, "ENCRYPTED SIGSTORE PRIVATE KEY") ||
        label_is(label, label_size, "ENCRYPTED COSIGN PRIVATE KEY")) {
        bool is_object = body.size > 64 && body.data[0] == '{';
        return is_object ? (struct wb_secret_key){.kind = "cosign private key", .encrypted = true}
                         : NO_KEY;
    }
    /* RFC 1421: what the header says is encrypted has no structure but whole cipher blocks. */
    if (header_encrypted)
        return body.size >= 32 && body.size % 8 == 0
                   ? (struct wb_secret_key){.kind = "private key", .encrypted = true}
                   : NO_KEY;
    return look_der(body);
}

/* ---- a whole file ---- */

struct wb_secret_key wb_secret_key_look_file(struct wb_bytes head, uint64_t size)
{
    bool is_all = head.size == size && size > 32;
    return is_all && head.data[0] == DER_SEQUENCE ? look_der(head) : NO_KEY;
}
