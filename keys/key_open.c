/* SPDX-License-Identifier: Apache-2.0 */
/* What --key names: a file, an environment variable, a token. */
#include "keys/key_private.h"

#include <stdlib.h>
#include <string.h>

static const char token_scheme[] = "pkcs11:";
static const char environment_scheme[] = "env://";

static bool read_text(const char *reference, struct wb_secret *text, struct wb_error *err)
{
    if (!wb_text_starts_with(reference, environment_scheme))
        return wb_secret_read_file(reference, WB_KEY_TEXT_MAX, text, err);
    const char *value = getenv(reference + strlen(environment_scheme));
    if (value == NULL)
        return wb_error_set(err, WB_USAGE, "%s: there is no such environment variable", reference);
    wb_secret_set(text, value, strlen(value));
    return true;
}

static bool is_private(const struct wb_pem *pem)
{
    return wb_text_ends_with(pem->label, "PRIVATE KEY") || strcmp(pem->label, "EC PARAMETERS") == 0;
}

static struct wb_key *read_private(const struct wb_secret *text, const char *reference,
                                   const struct wb_password_source *password, struct wb_error *err)
{
    struct wb_pem pem;
    if (!wb_pem_next(wb_secret_bytes(text), true, &pem, err)) {
        wb_error_context(err, "%s", reference);
        return NULL;
    }
    if (wb_key_file_label(pem.label))
        return wb_key_file_read(wb_secret_bytes(text), reference, password, err);
    if (is_private(&pem))
        return wb_key_import(wb_secret_bytes(text), reference, password, err);
    wb_error_set(err, WB_BAD_INPUT, "%s: PEM `%s` is not a private key", reference, pem.label);
    return NULL;
}

static struct wb_key *read_public(const struct wb_secret *text, const char *reference,
                                  struct wb_error *err)
{
    struct wb_key *key = wb_key_from_public(wb_secret_bytes(text), err);
    if (key == NULL)
        wb_error_context(err, "%s", reference);
    return key;
}

struct wb_key *wb_key_open_private(const char *reference, const struct wb_password_source *password,
                                   struct wb_error *err)
{
    if (wb_text_starts_with(reference, token_scheme))
        return wb_key_token_open(reference, true, password, err);
    WB_AUTO_VALUE(wb_secret) text = {0};
    return read_text(reference, &text, err) ? read_private(&text, reference, password, err) : NULL;
}

struct wb_key *wb_key_open_public(const char *reference, const struct wb_password_source *password,
                                  struct wb_error *err)
{
    if (wb_text_starts_with(reference, token_scheme))
        return wb_key_token_open(reference, false, password, err);
    WB_AUTO_VALUE(wb_secret) text = {0};
    return read_text(reference, &text, err) ? read_public(&text, reference, err) : NULL;
}

struct wb_key *wb_key_open_any(const char *reference, const struct wb_password_source *password,
                               struct wb_error *err)
{
    if (wb_text_starts_with(reference, token_scheme))
        return wb_key_token_open(reference, false, password, err);
    WB_AUTO_VALUE(wb_secret) text = {0};
    struct wb_pem pem;
    if (!read_text(reference, &text, err))
        return NULL;
    return wb_pem_next(wb_secret_bytes(&text), true, &pem, NULL) && is_private(&pem)
               ? read_private(&text, reference, password, err)
               : read_public(&text, reference, err);
}

struct wb_key *wb_key_open_import(const char *reference, const struct wb_password_source *password,
                                  struct wb_error *err)
{
    WB_AUTO_VALUE(wb_secret) text = {0};
    return read_text(reference, &text, err)
               ? wb_key_import(wb_secret_bytes(&text), reference, password, err)
               : NULL;
}
