/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of deterministic CBOR against libcbor, and COSE_Sign1 messages. What ours accepts
 * libcbor must accept, find equally long, and write back byte for byte. */
#include "base/cbor_reader.h"
#include "verify/verify.h"

#include <cbor.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether a byte of this range is anywhere in the bytes. */
static bool has_byte(struct wb_bytes bytes, uint8_t from, uint8_t to)
{
    for (size_t i = 0; i < bytes.size; i++)
        if (bytes.data[i] >= from && bytes.data[i] <= to)
            return true;
    return false;
}

/* libcbor 0.8 knows neither the tags 6 to 20 nor simple values but false, true and null. */
static bool has_unknown_value(struct wb_bytes bytes)
{
    return has_byte(bytes, 0xc6, 0xd4) || has_byte(bytes, 0xe0, 0xf3) ||
           has_byte(bytes, 0xf8, 0xf8);
}

/* libcbor converts floats, and not all of them survive. */
static bool may_have_float(struct wb_bytes bytes)
{
    return has_byte(bytes, 0xf9, 0xfb);
}

static void compare_with_libcbor(struct wb_bytes bytes)
{
    struct wb_cbor_reader reader = {.bytes = bytes};
    struct wb_bytes whole;
    if (!wb_cbor_skip(&reader, &whole) || has_unknown_value(whole))
        return;
    struct cbor_load_result result;
    cbor_item_t *item = cbor_load(bytes.data, bytes.size, &result);
    if (item == NULL || result.read != whole.size)
        abort();
    unsigned char *written = NULL;
    size_t capacity = 0;
    size_t size = cbor_serialize_alloc(item, &written, &capacity);
    if (!may_have_float(whole) && (size != whole.size || memcmp(written, whole.data, size) != 0))
        abort();
    free(written);
    cbor_decref(&item);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char pem[] = "-----BEGIN PUBLIC KEY-----\n"
                              "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
                              "-----END PUBLIC KEY-----\n";
    struct wb_bytes bytes = {data, size};
    struct wb_error err = WB_ERROR_INIT;
    compare_with_libcbor(bytes);
    WB_AUTO(wb_key) *key =
        wb_key_from_public((struct wb_bytes){(const uint8_t *)pem, sizeof pem - 1}, &err);
    struct wb_key *keys[] = {key};
    const struct wb_verify_demands demands = {.keys = keys, .key_count = 1};
    WB_AUTO(wb_verify_report) *report = wb_verify_report_new();
    struct wb_cose_content content;
    if (key == NULL || wb_verify_cose(bytes, &demands, report, &content, &err))
        abort();
    return 0;
}
