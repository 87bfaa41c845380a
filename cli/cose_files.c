/* SPDX-License-Identifier: Apache-2.0 */
/* Signing files as COSE_Sign1 messages, and verifying them. */
#include "cli/cose_files.h"

#include "base/cbor_reader.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COSE_SIZE_MAX ((size_t)1 << 30)

/* How many CoSWID tags the content is, one behind the other; 0: something else. */
static size_t count_tags(struct wb_bytes content)
{
    struct wb_cbor_reader reader = {.bytes = content, .lenient = true};
    struct wb_cbor_item item;
    size_t count = 0;
    while (!wb_cbor_ended(&reader)) {
        struct wb_cbor_reader ahead = reader;
        if (!wb_cbor_expect(&ahead, WB_CBOR_TAG, &item) || item.value != WB_CBOR_TAG_COSWID ||
            !wb_cbor_skip(&reader, NULL))
            return 0;
        count++;
    }
    return count;
}

/* RFC 9393 §7; RFC 8742 §6. */
static const char *content_type_of(struct wb_bytes content)
{
    size_t tags = count_tags(content);
    return tags == 1  ? WB_COSWID_MEDIA_TYPE
           : tags > 1 ? "application/cbor-seq"
                      : "application/octet-stream";
}

bool wb_sign_cose_file(const char *path, const char *content_type, const char *output,
                       const struct wb_signer *signer, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    WB_AUTO_VALUE(wb_buffer) message = {0};
    if (!wb_read_argument(path, COSE_SIZE_MAX, &content, err))
        return false;
    struct wb_bytes bytes = wb_buffer_bytes(&content);
    return wb_sign_cose(signer, bytes, content_type == NULL ? content_type_of(bytes) : content_type,
                        &message, err) &&
           wb_write_argument(output, wb_buffer_bytes(&message), err);
}

bool wb_verify_cose_meant(const char *path)
{
    uint8_t head[16];
    struct stat status;
    WB_AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    ssize_t size = read(fd, head, sizeof head);
    return size > 0 && wb_cose_recognises((struct wb_bytes){head, (size_t)size});
}

bool wb_verify_cose_file(const char *path, const char *payload,
                         const struct wb_verifying_options *options, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_verifying) verifying = {0};
    WB_AUTO_VALUE(wb_buffer) message = {0};
    WB_AUTO(wb_verify_report) *report = wb_verify_report_new();
    struct wb_cose_content content = {0};
    if (!wb_verifying_open(options, &verifying, err) ||
        !wb_read_argument(path, COSE_SIZE_MAX, &message, err))
        return false;
    bool good =
        wb_verify_cose(wb_buffer_bytes(&message), &verifying.demands, report, &content, err);
    const struct wb_verified verified = {.what = path};
    if (!wb_verified_report(&verified, &verifying, report, good, options->quiet != 0, err))
        return good ? false : wb_error_context(err, "%s", path);
    return payload == NULL || wb_write_argument(payload, content.payload, err);
}
