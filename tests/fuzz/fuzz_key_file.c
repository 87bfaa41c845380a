/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys in every form. What begins with `{` is the JSON of cosign's key file; otherwise the
 * first byte says which PEM label the DER behind it gets, and anything else is a whole file. */
#include "keys/key_private.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Enough for the seeds' N of 2; no input may buy more time than this. */
#define SCRYPT_BYTES_MAX 4096

static bool answer(void *context, enum wb_password_kind kind, const char *what,
                   struct wb_secret *password, struct wb_error *err)
{
    (void)context;
    (void)what;
    /* PKCS#8's own derivation is OpenSSL's, and slow by the bounds that people need. */
    if (kind == WB_PASSWORD_OF_IMPORT)
        return wb_error_set(err, WB_USAGE, "no password");
    wb_secret_set(password, "fuzz", 4);
    return true;
}

static const char *label_of(uint8_t byte)
{
    switch (byte) {
    case 'P':
        return "PRIVATE KEY";
    case 'R':
        return "RSA PRIVATE KEY";
    case 'S':
        return "EC PRIVATE KEY";
    case 'E':
        return "ENCRYPTED PRIVATE KEY";
    default:
        return NULL;
    }
}

/* A key that was taken can sign, and what it signs holds. */
static void use(struct wb_key *key)
{
    if (key == NULL)
        return;
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_buffer) signature = {0};
    const struct wb_bytes message = {(const uint8_t *)"m", 1};
    if (wb_key_sign(key, message, &signature, &err) &&
        !wb_key_check(key, message, wb_buffer_bytes(&signature), &err))
        abort();
    wb_key_free(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct wb_password_source source = {.ask = answer};
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_buffer) pem = {0};
    const char *label = size == 0 ? NULL : label_of(data[0]);
    if (size > 0 && data[0] == '{')
        wb_pem_append(&pem, "ENCRYPTED SIGSTORE PRIVATE KEY", (struct wb_bytes){data, size});
    else if (label != NULL)
        wb_pem_append(&pem, label, (struct wb_bytes){data + 1, size - 1});
    else
        wb_buffer_append(&pem, data, size);
    use(wb_key_file_read_within(wb_buffer_bytes(&pem), "x", &source, SCRYPT_BYTES_MAX, &err));
    use(wb_key_import(wb_buffer_bytes(&pem), "x", &source, &err));
    return 0;
}
