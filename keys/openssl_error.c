/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL's error queue as one of our messages. */
#include "keys/key_private.h"

#include <openssl/err.h>
#include <stdio.h>

bool wb_openssl_error(struct wb_error *err, enum wb_status status, const char *format, ...)
{
    char context[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(context, sizeof context, format, arguments);
    va_end(arguments);
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    /* Only OpenSSL's fixed words: the data of its queue may quote what must not be shown. */
    if (reason == NULL)
        wb_error_set(err, status, "%s", context);
    else
        wb_error_set(err, status, "%s: %s", context, reason);
    ERR_clear_error();
    return false;
}
