/* SPDX-License-Identifier: Apache-2.0 */
/* waybill pack */
#include "cli/pack_arguments.h"
#include "cli/secrets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char examples[] =
    "  waybill pack oci:build/app:v1 --file INSTALL.txt -o release.waybill --key release.key\n"
    "      one image with its signatures and attestations, and a file\n"
    "  waybill pack registry.example/app:1=oci:app db.tar -o release.waybill --key release.key \\\n"
    "      --name app --sequence 7 --expires 180d --policy policy.json\n"
    "      two images, the first under another name; what an old delivery cannot pass for\n"
    "  waybill pack oci:build/app -o release.waybill --key release.key --volumes dvd\n"
    "      all images of a layout, as release.1of3.waybill and so on\n"
    "  waybill pack oci:build/app:v2 -o update.waybill --key release.key --since release.waybill\n"
    "      only what a site with release.waybill does not have\n";

static void say_notice(void *context, const char *message)
{
    wb_progress_end(context);
    wb_say_warning(message);
}

/* The base is believed when one of the keys given for it signed it, else the key that signs. */
static bool read_base(const struct wb_pack_arguments *arguments, const struct wb_key *own,
                      struct wb_buffer *statement, struct wb_error *err)
{
    if (arguments->since == NULL)
        return arguments->since_keys == NULL ||
               wb_error_set(err, WB_USAGE, "--since-key goes with --since");
    WB_AUTO_VALUE(wb_reference) reference = {0};
    if (!wb_reference_parse(arguments->since, &reference, err))
        return false;
    size_t count = wb_options_list_count(arguments->since_keys);
    if (count == 0)
        return wb_delivery_statement(&reference, &own, 1, statement, err);
    struct wb_password_source passwords = wb_password_not_from_input();
    struct wb_key **keys = wb_allocate_array(count, sizeof(struct wb_key *));
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        keys[i] = wb_key_open_public(arguments->since_keys[i], &passwords, err);
        good = keys[i] != NULL;
    }
    good = good && wb_delivery_statement(&reference, (const struct wb_key *const *)keys, count,
                                         statement, err);
    for (size_t i = 0; i < count; i++)
        wb_key_free(keys[i]);
    free(keys);
    return good;
}

/* ---- what was done ---- */

static void write_names(struct wb_json_writer *json, struct wb_arena *arena, const char *written)
{
    wb_json_key(json, "written");
    wb_json_begin_array(json);
    for (const char *at = written; *at != '\0';) {
        size_t size = strcspn(at, "\n");
        wb_json_string(json, wb_utf8_escape(arena, at, size));
        at += size + (at[size] == '\n' ? 1 : 0);
    }
    wb_json_end_array(json);
}

static bool print_json(const struct wb_pack_options *options, const struct wb_signing *signing,
                       const char *written, struct wb_error *err)
{
    struct wb_digest fingerprint;
    char text[WB_DIGEST_TEXT_SIZE], time[WB_TIME_TEXT_SIZE];
    if (!wb_key_fingerprint(signing->key, &fingerprint, err))
        return false;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    WB_AUTO(wb_output) *output = wb_output_open("-", err);
    if (output == NULL)
        return false;
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    wb_json_begin_object(json);
    write_names(json, arena, written);
    wb_json_member(json, "name", options->name);
    wb_json_key(json, "sequence");
    wb_json_integer(json, (int64_t)options->sequence);
    wb_json_member(json, "issued", wb_time_format(options->issued, time));
    if (options->has_expiry)
        wb_json_member(json, "expires", wb_time_format(options->expires, time));
    wb_json_member(json, "key", wb_digest_format(&fingerprint, text));
    wb_json_end_object(json);
    wb_json_finish(json);
    return wb_output_commit(output, err);
}

static bool report(const struct wb_pack_arguments *arguments, const struct wb_pack_options *options,
                   const struct wb_signing *signing, bool json, char *written, struct wb_error *err)
{
    if (json)
        return print_json(options, signing, written, err);
    for (char *at = written; *at != '\0';) {
        size_t size = strcspn(at, "\n");
        bool more = at[size] == '\n';
        at[size] = '\0';
        if (!wb_signing_report(&arguments->signing, signing, at, err))
            return false;
        at += size + (more ? 1 : 0);
    }
    return true;
}

static bool run(const struct wb_pack_arguments *arguments, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_signing) signing = {0};
    WB_AUTO_VALUE(wb_buffer) base = {0};
    WB_AUTO_VALUE(wb_buffer) written = {0};
    struct wb_pack_options options = {0};
    struct wb_progress progress;
    bool json;
    if (!wb_options_text_or_json(arguments->signing.output, &json, err) ||
        !wb_pack_arguments_apply(arguments, &options, err) ||
        !wb_signing_open(&arguments->signing, false, &signing, err) ||
        !read_base(arguments, signing.key, &base, err))
        return false;
    if (json && strcmp(arguments->output, "-") == 0)
        return wb_error_set(err, WB_USAGE, "standard output cannot take both -o - and --output");
    options.base_statement = wb_buffer_bytes(&base);
    options.signer = &signing.signer;
    options.progress = wb_progress_show;
    options.notice = arguments->signing.quiet ? NULL : say_notice;
    options.context = &progress;
    wb_progress_start(&progress, "packing", arguments->signing.quiet != 0);
    bool good = wb_pack(&options, arguments->output, &written, err);
    wb_progress_end(&progress);
    return good && report(arguments, &options, &signing, json, (char *)written.data, err);
}

enum wb_status wb_pack_command(int argc, const char **argv)
{
    struct wb_pack_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    wb_secrets_begin();
    bool good = wb_pack_arguments_parse(argc, argv, examples, &arguments, &helped, &err) &&
                (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    wb_pack_arguments_clear(&arguments);
    return good ? WB_OK : err.status;
}
