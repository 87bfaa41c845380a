/* SPDX-License-Identifier: Apache-2.0 */
/* Public keys: what is taken has one spelling, and no bytes are a signature under it by chance. */
#include "keys/keys.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_spelling(const struct wb_key *key)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_buffer) der = {0}, pem = {0};
    if (!wb_key_public_der(key, &der, &err) || !wb_key_public_pem(key, &pem, &err))
        abort();
    WB_AUTO(wb_key) *from_der = wb_key_from_public(wb_buffer_bytes(&der), &err);
    WB_AUTO(wb_key) *from_pem = wb_key_from_public(wb_buffer_bytes(&pem), &err);
    if (from_der == NULL || from_pem == NULL || !wb_key_same(key, from_der) ||
        !wb_key_same(key, from_pem) || wb_key_has_private(key))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_bytes bytes = {data, size};
    WB_AUTO(wb_key) *key = wb_key_from_public(bytes, &err);
    if (key == NULL)
        return err.status == WB_BAD_INPUT ? 0 : (abort(), 0);
    char text[32];
    struct wb_digest digest = {.algorithm = wb_key_digest_algorithm(key)};
    wb_key_describe(key, text);
    check_spelling(key);
    size_t last = size < 64 ? size : 64;
    if (wb_key_check(key, bytes, (struct wb_bytes){data + size - last, last}, &err) ||
        wb_key_check_digest(key, &digest, (struct wb_bytes){data, last}, &err))
        abort();
    return 0;
}
