/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys in texts: PEM blocks (RFC 7468, RFC 1421, RFC 9580 section 6), also as strings of
 * JSON, YAML and programs and in base64, and PuTTY's files. */
#include "audit/secret_private.h"

#include <stdio.h>
#include <string.h>

#define BEGIN_MARK "-----BEGIN "
#define BEGIN_BASE64 "LS0tLS1CRUdJTi" /* the same, as far as it does not hang on what follows */
#define PUTTY_MARK "PuTTY-User-Key-File-"
#define LABEL_MAX 64

/* Where the mark stands between begin and end; SIZE_MAX: nowhere. */
static size_t find_mark(const struct wb_secret_text *where, size_t begin, size_t end,
                        const char *mark)
{
    const char *at = memmem(where->text + begin, end - begin, mark, strlen(mark));
    return at == NULL ? SIZE_MAX : (size_t)(at - where->text);
}

static bool starts(const char *text, size_t size, const char *prefix)
{
    return size >= strlen(prefix) && memcmp(text, prefix, strlen(prefix)) == 0;
}

/* How long the label is that ends with five dashes; 0: there is none of a private key. */
static size_t label_size(const char *text, size_t size)
{
    static const char key[] = "PRIVATE KEY", block[] = "PRIVATE KEY BLOCK";
    size_t length = 0;
    while (length < size && length < LABEL_MAX &&
           ((text[length] >= 'A' && text[length] <= 'Z') ||
            (text[length] >= '0' && text[length] <= '9') || text[length] == ' '))
        length++;
    if (!starts(text + length, size - length, "-----"))
        return 0;
    for (size_t i = 0; i < 2; i++) {
        const char *ending = i == 0 ? key : block;
        size_t ending_size = strlen(ending);
        if (length >= ending_size && memcmp(text + length - ending_size, ending, ending_size) == 0)
            return length;
    }
    return 0;
}

/* The text of a block, one line after the other as they would stand in a file of their own: what
 * strings of programs put around them is taken away. Returns how many bytes were read up to the
 * dashes at its end; 0: it has no end, or something stands in it that stands in no block. */
static size_t read_lines(const char *text, size_t size, struct wb_buffer *lines)
{
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        bool blank_around = i > 0 && text[i - 1] == ' ' && i + 1 < size &&
                            (text[i + 1] == ' ' || text[i + 1] == '\n' || text[i + 1] == '\r');
        if (starts(text + i, size - i, "-----"))
            return starts(text + i, size - i, "-----END ") ? i : 0;
        if (c == '\\') {
            while (i + 1 < size && text[i + 1] == '\\')
                i++;
            c = i + 1 < size ? text[i + 1] : 0;
            if (c == 'n')
                wb_buffer_append(lines, "\n", 1);
            if (c == 'n' || c == 'r' || c == 't')
                i++;
            continue;
        }
        if (c == '"' || c == '\'' || c == '\r' || c == '\t' || (c == '+' && blank_around))
            continue;
        if (c != '\n' && (c < ' ' || c > '~'))
            return 0;
        wb_buffer_append(lines, &c, 1);
    }
    return 0;
}

struct block {
    struct wb_buffer lines;
    struct wb_buffer base64;
    struct wb_buffer body;
    bool encrypted; /* its header says so (RFC 1421) */
};

static void clear_block(struct block *block)
{
    wb_buffer_clear(&block->lines);
    wb_buffer_clear(&block->base64);
    wb_buffer_clear(&block->body);
}

static void take_line(struct block *block, const char *line, size_t size)
{
    while (size > 0 && (*line == ' ' || *line == ',')) {
        line++;
        size--;
    }
    while (size > 0 && (line[size - 1] == ' ' || line[size - 1] == ','))
        size--;
    if (memchr(line, ':', size) != NULL) {
        block->encrypted = block->encrypted || (starts(line, size, "Proc-Type:") &&
                                                memmem(line, size, "ENCRYPTED", 9) != NULL);
        return;
    }
    /* The checksum of an OpenPGP block. */
    if (size == 5 && line[0] == '=')
        return;
    wb_buffer_append(&block->base64, line, size);
}

static bool decode_block(struct block *block)
{
    const char *line = (const char *)block->lines.data;
    const char *end = line + block->lines.size;
    while (line < end) {
        const char *line_end = memchr(line, '\n', (size_t)(end - line));
        if (line_end == NULL)
            line_end = end;
        take_line(block, line, (size_t)(line_end - line));
        line = line_end + 1;
    }
    return block->base64.size > 0 &&
           wb_base64_decode((const char *)block->base64.data, block->base64.size, &block->body);
}

void wb_secret_describe_key(const struct wb_secret_rule *rule, const struct wb_secret_key *key,
                            struct wb_bytes body, struct wb_secret_found *found)
{
    struct wb_digest digest;
    if (key->kind == NULL || !wb_digest_bytes(WB_DIGEST_SHA256, body, &digest, NULL))
        return;
    memcpy(found->digest, digest.bytes, 32);
    found->known_as = wb_secret_known_key(found->digest);
    /* What a password protects is a finding, but a lesser one. */
    if (key->encrypted && rule->severity > WB_AUDIT_LOW)
        found->severity = (enum wb_audit_severity)(rule->severity - 1);
    snprintf(found->redacted, sizeof found->redacted, "%s, %zu bytes, %s", key->kind, body.size,
             key->encrypted ? "encrypted" : "not encrypted");
}

/* A block whose mark stands at `mark`; found->redacted stays empty where it is none. */
static void look_at_block(const struct wb_secret_rule *rule, const struct wb_secret_text *where,
                          size_t mark, size_t end, struct wb_secret_found *found)
{
    const char *label = where->text + mark + strlen(BEGIN_MARK);
    size_t left = end - mark - strlen(BEGIN_MARK);
    size_t length = label_size(label, left);
    found->span = (struct wb_regex_span){mark, mark + strlen(BEGIN_MARK)};
    if (length == 0)
        return;
    __attribute__((cleanup(clear_block))) struct block block = {0};
    const char *body = label + length + 5;
    size_t read = read_lines(body, left - length - 5, &block.lines);
    if (read == 0 || !decode_block(&block))
        return;
    struct wb_secret_key key =
        wb_secret_key_look(label, length, block.encrypted, wb_buffer_bytes(&block.body));
    found->span.end = (size_t)(body - where->text) + read;
    wb_secret_describe_key(rule, &key, wb_buffer_bytes(&block.body), found);
}

static bool is_base64(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '=';
}

/* A block that stands in base64 itself, in one line as in kubeconfig files. */
static void look_at_base64(const struct wb_secret_rule *rule, const struct wb_secret_text *where,
                           size_t mark, size_t end, struct wb_secret_found *found)
{
    size_t size = 0;
    while (mark + size < end && is_base64(where->text[mark + size]))
        size++;
    found->span = (struct wb_regex_span){mark, mark + size};
    WB_AUTO_VALUE(wb_buffer) inner = {0};
    if (!wb_base64_decode(where->text + mark, size, &inner))
        return;
    const struct wb_secret_text text = {
        (const char *)inner.data, inner.size, where->path, {0}, {0}};
    const struct wb_regex_span span = found->span;
    size_t begin = find_mark(&text, 0, text.size, BEGIN_MARK);
    if (begin != SIZE_MAX)
        look_at_block(rule, &text, begin, text.size, found);
    found->span = span;
}

/* The value of a line `name: value` of a PuTTY file. */
static bool putty_value(const char *text, size_t size, const char *name, const char **value,
                        size_t *value_size)
{
    const char *at = memmem(text, size, name, strlen(name));
    if (at == NULL)
        return false;
    *value = at + strlen(name);
    const char *end = memchr(*value, '\n', size - (size_t)(*value - text));
    *value_size = end == NULL ? size - (size_t)(*value - text) : (size_t)(end - *value);
    if (*value_size > 0 && (*value)[*value_size - 1] == '\r')
        --*value_size;
    return true;
}

static bool decode_putty(const char *text, size_t size, const char *lines, struct block *block)
{
    unsigned count = 0;
    for (; *lines >= '0' && *lines <= '9' && count < 1000; lines++)
        count = count * 10 + (unsigned)(*lines - '0');
    const char *end = text + size, *line = memchr(lines, '\n', (size_t)(end - lines));
    for (unsigned i = 0; i < count && line != NULL; i++) {
        line++;
        const char *line_end = memchr(line, '\n', (size_t)(end - line));
        size_t line_size = (size_t)((line_end == NULL ? end : line_end) - line);
        if (line_size > 0 && line[line_size - 1] == '\r')
            line_size--;
        wb_buffer_append(&block->base64, line, line_size);
        line = line_end;
    }
    return block->base64.size > 0 &&
           wb_base64_decode((const char *)block->base64.data, block->base64.size, &block->body);
}

static void look_at_putty(const struct wb_secret_rule *rule, const struct wb_secret_text *where,
                          size_t mark, size_t end, struct wb_secret_found *found)
{
    found->span = (struct wb_regex_span){mark, mark + strlen(PUTTY_MARK)};
    const char *text = where->text + mark, *encryption, *lines;
    size_t size = end - mark, encryption_size, lines_size;
    if (!putty_value(text, size, "\nEncryption: ", &encryption, &encryption_size) ||
        !putty_value(text, size, "\nPrivate-Lines: ", &lines, &lines_size) || lines_size == 0)
        return;
    __attribute__((cleanup(clear_block))) struct block block = {0};
    if (!decode_putty(text, size, lines, &block) || block.body.size < 32)
        return;
    const struct wb_secret_key key = {
        .kind = "PuTTY private key",
        .encrypted = !(encryption_size == 4 && memcmp(encryption, "none", 4) == 0),
    };
    wb_secret_describe_key(rule, &key, wb_buffer_bytes(&block.body), found);
}

bool wb_secret_key_next(const struct wb_secret_rule *rule, const struct wb_secret_text *where,
                        size_t begin, size_t end, struct wb_secret_found *found)
{
    const char *mark = rule->structure == WB_SECRET_PEM          ? BEGIN_MARK
                       : rule->structure == WB_SECRET_PEM_BASE64 ? BEGIN_BASE64
                                                                 : PUTTY_MARK;
    *found = (struct wb_secret_found){.severity = rule->severity};
    size_t at = find_mark(where, begin, end, mark);
    if (at == SIZE_MAX)
        return false;
    if (rule->structure == WB_SECRET_PEM)
        look_at_block(rule, where, at, end, found);
    else if (rule->structure == WB_SECRET_PEM_BASE64)
        look_at_base64(rule, where, at, end, found);
    else
        look_at_putty(rule, where, at, end, found);
    return true;
}
