/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and paths. The input is split at lines that say `--roots--` and `--crl--`: what is
 * presented, what is trusted, what is revoked. */
#include "keys/keys.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The seeds are valid from 2025 to 2035. */
#define TIME ((int64_t)1800000000)

static struct wb_bytes cut(struct wb_bytes *rest, const char *separator)
{
    const uint8_t *end =
        rest->size == 0 ? NULL : memmem(rest->data, rest->size, separator, strlen(separator));
    struct wb_bytes part = *rest;
    if (end == NULL) {
        *rest = (struct wb_bytes){0};
        return part;
    }
    part.size = (size_t)(end - rest->data);
    size_t used = part.size + strlen(separator);
    *rest = (struct wb_bytes){rest->data + used, rest->size - used};
    return part;
}

static void look(const struct wb_certificates *certificates)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_certificate_identity identity;
    if (wb_certificate_identity(certificates, arena, &identity, &err)) {
        for (size_t i = 0; i < identity.name_count; i++)
            if (!wb_utf8_valid(identity.names[i], strlen(identity.names[i])))
                abort();
    } else if (err.status != WB_BAD_INPUT) {
        abort();
    }
    for (size_t i = 0; i < wb_certificates_count(certificates); i++) {
        WB_AUTO_VALUE(wb_buffer) pem = {0};
        if (!wb_certificate_pem(certificates, i, &pem, &err))
            abort();
        WB_AUTO(wb_certificates) *again = wb_certificates_read(wb_buffer_bytes(&pem), &err);
        if (again == NULL)
            abort();
        wb_key_free(wb_certificate_key(certificates, i, &err));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_bytes rest = {data, size};
    WB_AUTO(wb_certificates) *chain = wb_certificates_read(cut(&rest, "--roots--\n"), &err);
    if (chain == NULL)
        return 0;
    look(chain);
    WB_AUTO(wb_certificates) *roots = wb_certificates_read(cut(&rest, "--crl--\n"), &err);
    struct wb_certificate_trust trust = {
        .roots = roots, .crls = &rest, .crl_count = rest.size > 0, .time = TIME};
    for (int purpose = WB_PURPOSE_CODE_SIGNING; purpose <= WB_PURPOSE_TIME_STAMPING; purpose++) {
        trust.purpose = (enum wb_certificate_purpose)purpose;
        bool good = wb_certificates_check(chain, &trust, &err);
        if (good && roots == NULL)
            abort();
    }
    return 0;
}
