/* SPDX-License-Identifier: Apache-2.0 */
/* Tells key stores with private keys in them (PKCS#12, JKS, JCEKS) from those of certificates, as
 * their bytes go by, however large they are. */
#include "audit/secret_private.h"

#include <string.h>

/* ---- PKCS#12 (RFC 7292) ---- */

enum { DER_INTEGER = 0x02, DER_OID = 0x06, DER_SEQUENCE = 0x30 };

/* The length of an element whose tag was read; of an indefinite one as well. False: it has none. */
static bool skip_length(struct wb_bytes head, size_t *at)
{
    if (*at >= head.size)
        return false;
    uint8_t first = head.data[(*at)++];
    if (first > 0x84)
        return false;
    *at += first > 0x80 ? first & 0x7Fu : 0;
    return *at <= head.size;
}

static bool expect_sequence(struct wb_bytes head, size_t *at)
{
    if (*at >= head.size || head.data[*at] != DER_SEQUENCE)
        return false;
    ++*at;
    return skip_length(head, at);
}

/* Version 3, and data that a password signs. */
static bool begins_pkcs12(struct wb_bytes head)
{
    static const uint8_t version[] = {DER_INTEGER, 1, 3};
    static const uint8_t data_oid[] = {DER_OID, 9,    0x2A, 0x86, 0x48, 0x86,
                                       0xF7,    0x0D, 0x01, 0x07, 0x01};
    size_t at = 0;
    if (!expect_sequence(head, &at) || head.size - at < sizeof version ||
        memcmp(head.data + at, version, sizeof version) != 0)
        return false;
    at += sizeof version;
    return expect_sequence(head, &at) && head.size - at >= sizeof data_oid &&
           memcmp(head.data + at, data_oid, sizeof data_oid) == 0;
}

/* Keys stand in bags of two kinds, whose names differ in the last byte. */
static void take_pkcs12(struct wb_secret_store *store, struct wb_bytes bytes)
{
    static const uint8_t bag[] = {0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86,
                                  0xF7, 0x0D, 0x01, 0x0C, 0x0A, 0x01};
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t byte = bytes.data[i];
        if (store->matched == sizeof bag) {
            store->has_plain_key |= byte == 1;
            store->has_key |= byte == 1 || byte == 2;
        }
        bool goes_on = store->matched < sizeof bag && byte == bag[store->matched];
        /* The first byte stands nowhere else in it. */
        store->matched = goes_on ? store->matched + 1 : byte == bag[0];
    }
}

/* ---- Java's DataOutput ---- */

enum java_field { JAVA_TAG, JAVA_ALIAS, JAVA_TYPE, JAVA_CERTIFICATE, JAVA_END };

static bool begins_java(struct wb_secret_store *store, struct wb_bytes head)
{
    uint32_t magic, version, count;
    if (!wb_bytes_u32be(head, 0, &magic) ||
        (magic != UINT32_C(0xFEEDFEED) && magic != UINT32_C(0xCECECECE)) ||
        !wb_bytes_u32be(head, 4, &version) || version < 1 || version > 2 ||
        !wb_bytes_u32be(head, 8, &count))
        return false;
    store->version = version;
    store->entries = count;
    store->skip = 12;
    store->field = JAVA_TAG;
    return true;
}

/* A number is there: what it means, and how far it is to the next. */
static void take_java_field(struct wb_secret_store *store, uint32_t value)
{
    switch (store->field) {
    case JAVA_TAG:
        store->has_key |= value == 1 || value == 3;
        store->field = value == 2 && store->entries-- > 0 ? JAVA_ALIAS : JAVA_END;
        break;
    case JAVA_ALIAS:
        store->skip = value + UINT64_C(8); /* and the time */
        store->field = store->version == 2 ? JAVA_TYPE : JAVA_CERTIFICATE;
        break;
    case JAVA_TYPE:
        store->skip = value;
        store->field = JAVA_CERTIFICATE;
        break;
    default:
        store->skip = value;
        store->field = store->entries > 0 ? JAVA_TAG : JAVA_END;
    }
}

/* Entries up to the first that is no certificate: `cacerts` has nothing else. */
static void take_java(struct wb_secret_store *store, struct wb_bytes bytes)
{
    for (size_t i = 0; i < bytes.size && store->field != JAVA_END;) {
        if (store->skip > 0) {
            uint64_t step = bytes.size - i < store->skip ? bytes.size - i : store->skip;
            store->skip -= step;
            i += (size_t)step;
            continue;
        }
        size_t width = store->field == JAVA_TAG || store->field == JAVA_CERTIFICATE ? 4 : 2;
        store->value = store->value << 8 | bytes.data[i++];
        if (++store->digits < width)
            continue;
        uint32_t value = store->value;
        store->value = 0;
        store->digits = 0;
        take_java_field(store, value);
    }
}

/* ---- both ---- */

void wb_secret_store_begin(struct wb_secret_store *store, struct wb_bytes head)
{
    *store = (struct wb_secret_store){.kind = WB_SECRET_NO_STORE};
    if (begins_pkcs12(head))
        store->kind = WB_SECRET_PKCS12;
    else if (begins_java(store, head))
        store->kind = WB_SECRET_JAVA_STORE;
    else
        return;
    store->hasher = wb_hasher_new(WB_DIGEST_SHA256, NULL);
}

void wb_secret_store_take(struct wb_secret_store *store, struct wb_bytes bytes)
{
    if (store->hasher != NULL)
        wb_hasher_update(store->hasher, bytes.data, bytes.size);
    if (store->kind == WB_SECRET_PKCS12)
        take_pkcs12(store, bytes);
    else if (store->kind == WB_SECRET_JAVA_STORE)
        take_java(store, bytes);
}

struct wb_secret_key wb_secret_store_end(struct wb_secret_store *store, struct wb_digest *digest)
{
    struct wb_secret_key key = {0};
    digest->algorithm = WB_DIGEST_NONE;
    if (store->has_key) {
        bool is_java = store->kind == WB_SECRET_JAVA_STORE;
        key.kind = is_java ? "Java key store" : "PKCS#12 key store";
        key.encrypted = !store->has_plain_key;
    }
    if (store->has_key && store->hasher != NULL)
        wb_hasher_finish(store->hasher, digest);
    wb_secret_store_clear(store);
    return key;
}

void wb_secret_store_clear(struct wb_secret_store *store)
{
    wb_hasher_free(store->hasher);
    *store = (struct wb_secret_store){.kind = WB_SECRET_NO_STORE};
}
