/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the two files of a key pair. */
#include "cli/secrets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PRIVATE_MODE 0600
#define PUBLIC_MODE 0644

void wb_key_pair_options_clear(struct wb_key_pair_options *options)
{
    free(options->prefix);
    free(options->output);
    *options = (struct wb_key_pair_options){0};
}

static bool check_absent(const char *path, struct wb_error *err)
{
    struct stat status;
    if (lstat(path, &status) != 0)
        return errno == ENOENT || wb_error_set_errno(err, errno, "%s", path);
    return wb_error_set(err, WB_USAGE, "%s is there already; --force replaces it", path);
}

bool wb_key_pair_prepare(const struct wb_key_pair_options *options, const char *default_prefix,
                         struct wb_key_pair_output *output, struct wb_error *err)
{
    output->prefix = options->prefix == NULL ? default_prefix : options->prefix;
    output->force = options->force != 0;
    if (!wb_options_text_or_json(options->output, &output->json, err))
        return false;
    if (output->prefix[0] == '\0')
        return wb_error_set(err, WB_USAGE, "--output-key-prefix is empty");
    if (output->force)
        return true;
    WB_AUTO_STRING private_path = wb_string_format("%s.key", output->prefix);
    WB_AUTO_STRING public_path = wb_string_format("%s.pub", output->prefix);
    return check_absent(private_path, err) && check_absent(public_path, err);
}

static struct wb_output *open_file(const char *path, mode_t mode, bool force,
                                   const struct wb_buffer *content, struct wb_error *err)
{
    WB_AUTO(wb_output) *file = wb_output_open_mode(path, mode, force, err);
    if (file == NULL)
        return NULL;
    wb_output_write(file, content->data, content->size);
    if (!wb_output_flush(file, err)) {
        wb_error_context(err, "%s", path);
        return NULL;
    }
    return WB_STEAL(file);
}

/* Both are complete on disk before either gets its name. */
static bool write_files(const char *private_path, const struct wb_buffer *private_pem,
                        const char *public_path, const struct wb_buffer *public_pem, bool force,
                        struct wb_error *err)
{
    WB_AUTO(wb_output) *private_file =
        open_file(private_path, PRIVATE_MODE, force, private_pem, err);
    WB_AUTO(wb_output) *public_file =
        private_file == NULL ? NULL : open_file(public_path, PUBLIC_MODE, force, public_pem, err);
    if (public_file == NULL)
        return false;
    if (!wb_output_commit(private_file, err))
        return wb_error_context(err, "%s", private_path);
    return wb_output_commit(public_file, err) || wb_error_context(err, "%s", public_path);
}

static bool report(const struct wb_key *key, bool in_json, const char *private_path,
                   const char *public_path, struct wb_error *err)
{
    struct wb_digest digest;
    char fingerprint[WB_DIGEST_TEXT_SIZE], description[32];
    if (!wb_key_fingerprint(key, &digest, err))
        return false;
    wb_digest_format(&digest, fingerprint);
    if (!in_json) {
        printf("private key: %s\npublic key:  %s\n%s, fingerprint %s\n", private_path, public_path,
               wb_key_describe(key, description), fingerprint);
        return true;
    }
    WB_AUTO(wb_output) *output = wb_output_open("-", err);
    if (output == NULL)
        return false;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    wb_json_begin_object(json);
    wb_json_member(json, "algorithm", wb_key_algorithm_name(wb_key_algorithm_of(key)));
    wb_json_member(json, "description", wb_key_describe(key, description));
    wb_json_member(json, "fingerprint", fingerprint);
    wb_json_member(json, "privateKey", wb_utf8_escape(arena, private_path, strlen(private_path)));
    wb_json_member(json, "publicKey", wb_utf8_escape(arena, public_path, strlen(public_path)));
    wb_json_end_object(json);
    wb_json_finish(json);
    return wb_output_commit(output, err) || wb_error_context(err, "standard output");
}

static void warn_about(const struct wb_secret *password)
{
    if (password->size == 0)
        wb_say_warning("the password is empty: whoever has the file has the key");
    else if (password->data[password->size - 1] == '\n')
        wb_say_warning("the password ends in a newline, which belongs to it as it does for cosign; "
                       "printf writes none");
}

bool wb_key_pair_write(const struct wb_key *key, const struct wb_key_pair_output *output,
                       struct wb_error *err)
{
    WB_AUTO_STRING private_path = wb_string_format("%s.key", output->prefix);
    WB_AUTO_STRING public_path = wb_string_format("%s.pub", output->prefix);
    WB_AUTO_VALUE(wb_buffer) private_pem = {0}, public_pem = {0};
    WB_AUTO_VALUE(wb_secret) password = {0};
    struct wb_password_source source = wb_password_from_user();
    if (!source.ask(source.context, WB_PASSWORD_FOR_NEW_KEY, private_path, &password, err))
        return false;
    warn_about(&password);
    return wb_key_file_write(key, &password, &private_pem, err) &&
           wb_key_public_pem(key, &public_pem, err) &&
           write_files(private_path, &private_pem, public_path, &public_pem, output->force, err) &&
           report(key, output->json, private_path, public_path, err);
}
