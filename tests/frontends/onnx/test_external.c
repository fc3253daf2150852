/* External data: what may be read, and all that may not. */
#include "tests/support/check.h"
#include "tests/support/onnx.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static onnx_test t;
static char folder[64], model_path[128];

static void path_of(char *path, const char *name) { snprintf(path, PATH_MAX, "%s/%s", folder, name); }

static void write_file(const char *name, const void *bytes, size_t size)
{
    char path[PATH_MAX];
    path_of(path, name);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static const float numbers[] = {1, 2, 3, 4, 5, 6};

/* model/m.onnx beside the files it may read, secret.bin outside. */
static void start(void)
{
    char from[PATH_MAX], to[PATH_MAX];
    onnx_start(&t);
    snprintf(folder, sizeof folder, "/tmp/sard-external-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(model_path, sizeof model_path, "%s/model/m.onnx", folder);
    path_of(to, "model");
    mkdir(to, 0700);
    path_of(to, "model/sub");
    mkdir(to, 0700);
    write_file("secret.bin", numbers, sizeof numbers);
    write_file("model/w.bin", numbers, sizeof numbers);
    write_file("model/sub/w.bin", numbers, sizeof numbers);
    write_file("model/empty.bin", numbers, 0);
    path_of(from, "secret.bin");
    path_of(to, "model/soft.bin");
    ck_assert_int_eq(symlink(from, to), 0);
    path_of(to, "model/hard.bin");
    ck_assert_int_eq(link(from, to), 0);
    path_of(to, "model/up");
    ck_assert_int_eq(symlink(folder, to), 0);
    path_of(to, "model/pipe");
    ck_assert_int_eq(mkfifo(to, 0600), 0);
}

static void end(void)
{
    char command[128];
    onnx_end(&t);
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static void put_entry(proto *tensor, const char *key, const char *value)
{
    proto entry = {.size = 0};
    if (!value)
        return;
    proto_text(&entry, 1, key);
    proto_text(&entry, 2, value);
    proto_message(tensor, 13, &entry);
}

/* y = w, whose three floats are elsewhere. */
static proto model_of(const char *location, const char *offset, const char *length)
{
    proto graph = {.size = 0}, tensor = {.size = 0}, model = {.size = 0};
    proto_tensor(&tensor, "w", 1, 1, (int64_t[]){3});
    put_entry(&tensor, "location", location);
    put_entry(&tensor, "offset", offset);
    put_entry(&tensor, "length", length);
    put_entry(&tensor, "checksum", "none");
    proto_int(&tensor, 14, 1);
    proto_message(&graph, 5, &tensor);
    proto_output(&graph, "w");
    proto_model(&model, &graph, 17);
    return model;
}

static sard_status load(const char *location, const char *offset, const char *length)
{
    const proto model = model_of(location, offset, length);
    write_file("model/m.onnx", model.bytes, model.size);
    return onnx_import_path(&t, model_path);
}

static void expect(const char *text)
{
    ck_assert_msg(t.graph, "%s", t.error.text);
    ck_assert_str_eq(onnx_constant(&t, sard_graph_find(t.graph, "w")), text);
}

START_TEST(files_below_the_folder_are_read)
{
    ck_assert_int_eq(load("w.bin", NULL, NULL), SARD_OK);
    expect("1 2 3");
    ck_assert_int_eq(load("sub/w.bin", "8", "12"), SARD_OK);
    expect("3 4 5");
    ck_assert_int_eq(load("./w.bin", "12", "12"), SARD_OK);
    expect("4 5 6");
    ck_assert_int_eq(load("w.bin", "0", NULL), SARD_OK);
}
END_TEST

static void refuse(const char *location, const char *offset, const char *length, const char *text)
{
    ck_assert_msg(load(location, offset, length) != SARD_OK, "%s was read", location ? location : "nothing");
    ck_assert_msg(strstr(t.error.text, text), "'%s' lacks '%s'", t.error.text, text);
    ck_assert_msg(strstr(t.error.text, "initializer 'w'"), "'%s' lacks the tensor", t.error.text);
}

START_TEST(nothing_else_is)
{
    refuse(NULL, NULL, NULL, "without a location");
    refuse("", NULL, NULL, "is empty");
    refuse("/etc/passwd", NULL, NULL, "is absolute");
    refuse("../secret.bin", NULL, NULL, "leads out");
    refuse("sub/../../secret.bin", NULL, NULL, "leads out");
    refuse("..", NULL, NULL, "leads out");
    refuse("..\\secret.bin", NULL, NULL, "backslash");
    refuse("soft.bin", NULL, NULL, "symbolic link");
    refuse("soft.bin", NULL, NULL, "follow_links");
    refuse("up/secret.bin", NULL, NULL, "symbolic link");
    refuse("hard.bin", NULL, NULL, "hard link");
    refuse("pipe", NULL, NULL, "no regular file");
    refuse("sub", NULL, NULL, "a folder");
    refuse(".", NULL, NULL, "a folder");
    refuse("missing.bin", NULL, NULL, "No such file");
    refuse("*/_ORT_MEM_ADDR_/*", NULL, NULL, "No such file");
    refuse("empty.bin", NULL, NULL, "has 0");
}
END_TEST

/* As in a cache of Hugging Face: the model and its data are links to files that are named after their contents. */
START_TEST(links_are_followed_where_they_are_trusted)
{
    char link_path[PATH_MAX];
    path_of(link_path, "model/hard.bin");
    ck_assert_int_eq(unlink(link_path), 0);
    t.how = SARD_READ_LINKS;
    ck_assert_int_eq(load("soft.bin", NULL, NULL), SARD_OK);
    expect("1 2 3");
    ck_assert_int_eq(load("up/secret.bin", NULL, NULL), SARD_OK);
    path_of(link_path, "model/sub/link.onnx");
    ck_assert_int_eq(symlink("../m.onnx", link_path), 0);
    ck_assert_int_eq(load("w.bin", "12", NULL), SARD_OK);
    ck_assert_int_eq(onnx_import_path(&t, link_path), SARD_OK); /* its data is sought beside the link */
    refuse("../secret.bin", NULL, NULL, "leads out");
}
END_TEST

/* What was read stays, whatever becomes of the files. */
START_TEST(copies_outlive_their_files)
{
    char path[PATH_MAX];
    t.how = SARD_READ_COPY;
    ck_assert_int_eq(load("w.bin", "12", NULL), SARD_OK);
    path_of(path, "model/w.bin");
    ck_assert_int_eq(truncate(path, 0), 0);
    ck_assert_int_eq(truncate(model_path, 0), 0);
    expect("4 5 6");
}
END_TEST

START_TEST(offset_and_length_are_checked)
{
    refuse("w.bin", "16", "12", "but 'w.bin' has 24");
    refuse("w.bin", "-4", "12", "no number of bytes");
    refuse("w.bin", "x", "12", "no number of bytes");
    refuse("w.bin", "", "12", "no number of bytes");
    refuse("w.bin", "0", "99999999999999999999", "no number of bytes");
    refuse("w.bin", "9223372036854775807", "12", "but 'w.bin' has 24");
    refuse("w.bin", "9223372036854775808", "12", "no number of bytes");
    refuse("w.bin", "0", "8", "needs 12");
    refuse("w.bin", "0", "16", "needs 12");
}
END_TEST

START_TEST(models_in_memory_have_no_folder)
{
    const proto model = model_of("w.bin", NULL, NULL);
    ck_assert_int_eq(onnx_import_model(&t, &model), SARD_MODEL);
    ck_assert_msg(strstr(t.error.text, "in memory"), "%s", t.error.text);
}
END_TEST

START_TEST(a_file_is_mapped_once)
{
    proto graph = {.size = 0}, model = {.size = 0};
    for (int i = 0; i < 2; i++) {
        proto tensor = {.size = 0};
        proto_tensor(&tensor, i ? "b" : "a", 1, 1, (int64_t[]){3});
        put_entry(&tensor, "location", i ? "w.bin" : "./w.bin");
        put_entry(&tensor, "offset", i ? "12" : "0");
        proto_int(&tensor, 14, 1);
        proto_message(&graph, 5, &tensor);
    }
    proto_output(&graph, "a");
    proto_model(&model, &graph, 17);
    write_file("model/m.onnx", model.bytes, model.size);
    ck_assert_msg(!onnx_import_path(&t, model_path), "%s", t.error.text);
    const sard_tensor *a = sard_graph_find(t.graph, "a")->constant, *b = sard_graph_find(t.graph, "b")->constant;
    ck_assert_ptr_eq((char *)a->data + 12, b->data);
}
END_TEST

START_TEST(what_is_no_file_is_no_model)
{
    char path[PATH_MAX];
    path_of(path, "model");
    ck_assert_int_eq(onnx_import_path(&t, path), SARD_IO);
    path_of(path, "model/pipe");
    ck_assert_int_eq(onnx_import_path(&t, path), SARD_IO);
    ck_assert_int_eq(onnx_import_path(&t, "/dev/zero"), SARD_IO);
    ck_assert_int_eq(onnx_import_path(&t, "/no/such/file"), SARD_IO);
    path_of(path, "model/empty.bin");
    ck_assert_int_eq(onnx_import_path(&t, path), SARD_PARSE);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("external");
    TCase *cases = tcase_create("external");
    const TTest *const tests[] = {files_below_the_folder_are_read,           nothing_else_is,           offset_and_length_are_checked,
                                  models_in_memory_have_no_folder,           a_file_is_mapped_once,     what_is_no_file_is_no_model,
                                  links_are_followed_where_they_are_trusted, copies_outlive_their_files};
    tcase_add_checked_fixture(cases, start, end);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(s, cases);
    return s;
}

CHECK_MAIN(suite)
