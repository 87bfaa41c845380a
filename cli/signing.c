/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the key and what goes with it. */
#include "cli/signing.h"
#include "cli/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CERTIFICATE_SIZE_MAX ((size_t)1 << 20)

void wb_signing_options_clear(struct wb_signing_options *options)
{
    free(options->key);
    free(options->certificate);
    free(options->certificate_chain);
    free(options->timestamp_server);
    free(options->timestamp_response);
    free(options->format);
    free(options->tlog_upload);
    free(options->digest_algorithm);
    free(options->output);
}

void wb_signing_clear(struct wb_signing *signing)
{
    wb_key_free(signing->key);
    wb_certificates_free(signing->certificates);
    wb_buffer_clear(&signing->timestamp_response);
    *signing = (struct wb_signing){0};
}

/* ---- files ---- */

static bool read_stream(int fd, const char *name, size_t limit, struct wb_buffer *content,
                        struct wb_error *err)
{
    char data[65536];
    for (;;) {
        ssize_t count = read(fd, data, sizeof data);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return wb_error_set_errno(err, errno, "%s: cannot read", name);
        if (count == 0)
            return true;
        if ((size_t)count > limit - content->size)
            return wb_error_set(err, WB_BAD_INPUT, "%s: more than %zu bytes", name, limit);
        wb_buffer_append(content, data, (size_t)count);
    }
}

bool wb_argument_is_stream(const char *path)
{
    struct stat status;
    return strcmp(path, "-") == 0 ||
           (stat(path, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)));
}

bool wb_read_argument(const char *path, size_t limit, struct wb_buffer *content,
                      struct wb_error *err)
{
    if (!wb_argument_is_stream(path))
        return wb_file_read(AT_FDCWD, path, limit, content, err);
    content->size = 0;
    if (strcmp(path, "-") == 0)
        return read_stream(STDIN_FILENO, "standard input", limit, content, err);
    WB_AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return wb_error_set_errno(err, errno, "%s: cannot open", path);
    return read_stream(fd, path, limit, content, err);
}

bool wb_write_argument(const char *path, struct wb_bytes content, struct wb_error *err)
{
    WB_AUTO(wb_output) *output = wb_output_open(path, err);
    if (output == NULL)
        return false;
    wb_output_write(output, content.data, content.size);
    return wb_output_commit(output, err) || wb_error_context(err, "%s", path);
}

/* ---- the signer ---- */

static bool read_certificates(const struct wb_signing_options *options, struct wb_signing *signing,
                              struct wb_error *err)
{
    if (options->certificate == NULL)
        return options->certificate_chain == NULL ||
               wb_error_set(err, WB_USAGE, "--certificate-chain goes with --certificate");
    WB_AUTO_VALUE(wb_buffer) pem = {0}, chain = {0};
    if (!wb_read_argument(options->certificate, CERTIFICATE_SIZE_MAX, &pem, err))
        return false;
    if (options->certificate_chain != NULL) {
        if (!wb_read_argument(options->certificate_chain, CERTIFICATE_SIZE_MAX, &chain, err))
            return false;
        wb_buffer_append_text(&pem, "\n");
        wb_buffer_append(&pem, chain.data, chain.size);
    }
    signing->certificates = wb_certificates_read(wb_buffer_bytes(&pem), err);
    signing->signer.certificates = signing->certificates;
    return signing->certificates != NULL || wb_error_context(err, "%s", options->certificate);
}

static bool attach_response(void *context, struct wb_bytes signature, struct wb_buffer *response,
                            struct wb_error *err)
{
    const struct wb_buffer *given = context;
    (void)signature;
    (void)err;
    wb_buffer_append(response, given->data, given->size);
    return true;
}

static bool choose_timestamp(const struct wb_signing_options *options, struct wb_signing *signing,
                             struct wb_error *err)
{
    if (options->timestamp_server != NULL && options->timestamp_response != NULL)
        return wb_error_set(err, WB_USAGE,
                            "--timestamp-server and --timestamp-response exclude each other");
    if (options->timestamp_server != NULL) {
        signing->signer.timestamp = wb_timestamp_ask_server;
        signing->signer.timestamp_context = options->timestamp_server;
    }
    if (options->timestamp_response == NULL)
        return true;
    signing->signer.timestamp = attach_response;
    signing->signer.timestamp_context = &signing->timestamp_response;
    return wb_read_argument(options->timestamp_response, CERTIFICATE_SIZE_MAX,
                            &signing->timestamp_response, err);
}

bool wb_signature_digest_algorithm(const char *name, enum wb_digest_algorithm *algorithm,
                                   struct wb_error *err)
{
    static const enum wb_digest_algorithm algorithms[] = {WB_DIGEST_SHA224, WB_DIGEST_SHA256,
                                                          WB_DIGEST_SHA384, WB_DIGEST_SHA512};
    *algorithm = WB_DIGEST_NONE;
    for (size_t i = 0; name != NULL && i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (strcmp(wb_digest_name(algorithms[i]), name) == 0)
            *algorithm = algorithms[i];
    return name == NULL || *algorithm != WB_DIGEST_NONE ||
           wb_error_set(err, WB_USAGE,
                        "--signature-digest-algorithm %s: it is sha224, sha256, sha384 or sha512",
                        name);
}

bool wb_signing_time(int64_t *seconds, struct wb_error *err)
{
    bool has_epoch;
    if (!wb_time_source_date_epoch(&has_epoch, seconds, err))
        return false;
    if (!has_epoch)
        *seconds = (int64_t)time(NULL);
    return true;
}

bool wb_signing_open(const struct wb_signing_options *options, bool input_is_taken,
                     struct wb_signing *signing, struct wb_error *err)
{
    if (options->key == NULL)
        return wb_error_set(err, WB_USAGE,
                            "--key FILE says what to sign with; `waybill generate-key-pair` makes "
                            "one");
    if (options->tlog_upload != NULL && strcmp(options->tlog_upload, "false") != 0)
        return wb_error_set(err, WB_USAGE,
                            "--tlog-upload=%s: Waybill signs offline and never writes to a "
                            "transparency log",
                            options->tlog_upload);
    if (!wb_signature_digest_algorithm(options->digest_algorithm, &signing->signer.digest_algorithm,
                                       err) ||
        !read_certificates(options, signing, err) || !choose_timestamp(options, signing, err) ||
        !wb_signing_time(&signing->signer.created, err))
        return false;
    struct wb_password_source passwords =
        input_is_taken ? wb_password_not_from_input() : wb_password_from_user();
    signing->key = wb_key_open_private(options->key, &passwords, err);
    signing->signer.key = signing->key;
    return signing->key != NULL && wb_signer_check(&signing->signer, err);
}

bool wb_signing_forms(const char *format, unsigned *forms, struct wb_error *err)
{
    if (format == NULL || strcmp(format, "bundle") == 0)
        *forms = WB_FORM_BUNDLE;
    else if (strcmp(format, "legacy") == 0)
        *forms = WB_FORM_LEGACY;
    else if (strcmp(format, "both") == 0)
        *forms = WB_FORM_BUNDLE | WB_FORM_LEGACY;
    else
        return wb_error_set(err, WB_USAGE, "--format %s: it is bundle, legacy or both", format);
    return true;
}

bool wb_signing_report(const struct wb_signing_options *options, const struct wb_signing *signing,
                       const char *what, struct wb_error *err)
{
    if (options->quiet)
        return true;
    struct wb_digest fingerprint;
    char hex[2 * WB_DIGEST_MAX_SIZE + 1], description[32];
    if (!wb_key_fingerprint(signing->key, &fingerprint, err))
        return false;
    wb_hex_format(fingerprint.bytes, wb_digest_size(fingerprint.algorithm), hex);
    WB_AUTO_STRING message =
        wb_string_format("signed %s with %s key %.16s…%s; no transparency log entry was made", what,
                         wb_key_describe(signing->key, description), hex,
                         signing->signer.timestamp != NULL ? ", with a timestamp" : "");
    wb_say_note(message);
    return true;
}

/* ---- NAME=VALUE ---- */

bool wb_pairs_add(struct wb_pairs *pairs, const char *what, const char *text, struct wb_error *err)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text)
        return wb_error_set(err, WB_USAGE, "%s %s: it is NAME=VALUE", what, text);
    char *name = wb_string_format("%.*s", (int)(equals - text), text);
    for (size_t i = 0; i < pairs->count; i++)
        if (strcmp(pairs->pairs[i].name, name) == 0) {
            wb_error_set(err, WB_USAGE, "%s %s: %s is given twice", what, text, name);
            free(name);
            return false;
        }
    struct wb_statement_pair pair = {name, wb_string_copy(equals + 1)};
    WB_APPEND(pairs->pairs, pairs->count, pairs->capacity, pair);
    return true;
}

void wb_pairs_clear(struct wb_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        free((char *)pairs->pairs[i].name);
        free((char *)pairs->pairs[i].value);
    }
    free(pairs->pairs);
    *pairs = (struct wb_pairs){0};
}
