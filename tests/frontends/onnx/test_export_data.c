/* External data: what goes into the second file, and which files may be replaced. */
#include "ir/scaled.h"
#include "tests/support/check.h"

#include <fcntl.h>
#include <sard/graph.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];
static sard_context *context;
static sard_error error;
static const sard_export_options outside = {.struct_size = sizeof outside, .external_data = true};

static float large[2][3000], small[300], tiny[10];

/* In place of libc's: the process is killed at a rename, before it or right after. -1: never. */
static int renames_left = -1;
static bool killed_after;

int rename(const char *from, const char *to)
{
    const bool last = renames_left >= 0 && renames_left-- == 0;
    if (last && !killed_after)
        raise(SIGKILL);
    const int result = renameat(AT_FDCWD, from, AT_FDCWD, to);
    if (last)
        raise(SIGKILL);
    return result;
}

static void start(void)
{
    snprintf(folder, sizeof folder, "/tmp/sard-data-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(sard_context_new(NULL, &context, &error), SARD_OK);
    for (int i = 0; i < 3000; i++) {
        large[0][i] = (float)i;
        large[1][i] = (float)-i;
        small[i % 300] = (float)i / 2;
        tiny[i % 10] = (float)(i % 7);
    }
}

static void end(void)
{
    char command[128];
    sard_context_free(context);
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static const char *file(const char *name)
{
    static char paths[4][128];
    static int turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static long size_of(const char *name)
{
    struct stat info;
    return stat(file(name), &info) ? -1 : (long)info.st_size;
}

static sard_value *constant(sard_graph *g, const char *name, float *data, int64_t count)
{
    return sard_graph_add_constant(g, name,
                                   &(sard_tensor){.dtype = SARD_F32, .rank = 1, .dims = {count}, .data = data, .bytes = (size_t)count * 4});
}

/* A graph whose outputs are constants. */
static sard_graph *constants(void)
{
    sard_graph *g;
    ck_assert_int_eq(sard_graph_new(context, "g", &g, &error), SARD_OK);
    ck_assert(sard_graph_add_output(g, constant(g, "tiny", tiny, 10)));
    ck_assert(sard_graph_add_output(g, constant(g, "a", large[0], 3000)));
    ck_assert(sard_graph_add_output(g, constant(g, "small", small, 300)));
    ck_assert(sard_graph_add_output(g, constant(g, "b", large[1], 3000)));
    return g;
}

static void save_constants(const char *name)
{
    sard_graph *g = constants();
    ck_assert_msg(!sard_graph_save(g, file(name), &outside, &error), "%s", error.text);
    sard_graph_free(g);
}

static sard_model *load(const char *name)
{
    sard_model *model;
    const sard_model_options options = {.struct_size = sizeof options, .portable = true};
    ck_assert_msg(!sard_model_load(context, file(name), &options, &model, &error), "%s", error.text);
    return model;
}

static void check_constants(const char *name)
{
    sard_model *model = load(name);
    const float *const expected[] = {tiny, large[0], small, large[1]};
    for (size_t i = 0; i < 4; i++) {
        const sard_tensor *tensor = sard_value_constant(sard_graph_output(sard_model_graph(model), i));
        ck_assert_ptr_nonnull(tensor);
        ck_assert_mem_eq(tensor->data, expected[i], tensor->bytes);
    }
    sard_model_free(model);
}

START_TEST(large_constants_go_outside)
{
    save_constants("m.onnx");
    check_constants("m.onnx");
    ck_assert_int_eq(size_of("m.onnx.data"), 16384 + 12000); /* a on page 0, small behind it, b on a page */
    ck_assert_int_lt(size_of("m.onnx"), 600);
    char bytes[1200];
    FILE *data = fopen(file("m.onnx.data"), "rb");
    ck_assert_int_eq(fseek(data, 12032, SEEK_SET), 0);
    ck_assert_uint_eq(fread(bytes, 1, sizeof bytes, data), sizeof bytes);
    fclose(data);
    ck_assert_mem_eq(bytes, small, sizeof bytes);
}
END_TEST

START_TEST(nothing_large_is_no_second_file)
{
    sard_graph *g;
    ck_assert_int_eq(sard_graph_new(context, "g", &g, &error), SARD_OK);
    ck_assert(sard_graph_add_output(g, constant(g, "tiny", tiny, 10)));
    ck_assert_int_eq(sard_graph_save(g, file("m.onnx"), &outside, &error), SARD_OK);
    ck_assert_int_eq(size_of("m.onnx.data"), -1);
    sard_graph_free(g);
}
END_TEST

START_TEST(a_model_replaces_itself_and_its_data)
{
    save_constants("m.onnx");
    sard_model *model = load("m.onnx");
    ck_assert_msg(!sard_model_save(model, file("m.onnx"), &outside, &error), "%s", error.text);
    check_constants("m.onnx");
    ck_assert_msg(!sard_model_save(model, file("m.onnx"), NULL, &error), "%s", error.text);
    sard_model_free(model);
    ck_assert_int_eq(size_of("m.onnx.data"), -1); /* a new name, and the old data removed */
    ck_assert_int_eq(unlink(file("m.onnx.1.data")), 0);
    check_constants("m.onnx");
}
END_TEST

/* Modes and links of what stood there, the umask for what is new. */
START_TEST(files_keep_their_modes_and_links)
{
    struct stat status;
    const mode_t before = umask(027);
    save_constants("m.onnx");
    ck_assert_int_eq(stat(file("m.onnx"), &status), 0);
    ck_assert_uint_eq(status.st_mode & 07777, 0640);
    ck_assert_int_eq(chmod(file("m.onnx"), 0600), 0);
    ck_assert_int_eq(rename(file("m.onnx"), file("target.onnx")), 0);
    ck_assert_int_eq(symlink("target.onnx", file("m.onnx")), 0);
    save_constants("m.onnx");
    umask(before);
    ck_assert_int_eq(lstat(file("m.onnx"), &status), 0);
    ck_assert(S_ISLNK(status.st_mode));
    ck_assert_int_eq(stat(file("target.onnx"), &status), 0);
    ck_assert_uint_eq(status.st_mode & 07777, 0600);
    ck_assert_int_eq(stat(file("m.onnx.1.data"), &status), 0); /* no one else may read the weights either */
    ck_assert_uint_eq(status.st_mode & 07777, 0600);
    check_constants("m.onnx");
}
END_TEST

/* `tiny` is in the model and `a` outside: both tell which version they are of. */
static void save_version(float version)
{
    tiny[0] = large[0][0] = version;
    save_constants("m.onnx");
}

/* However far a save over an old model comes, a model with its own data is there. */
START_TEST(a_killed_save_mixes_nothing)
{
    for (int at = 0; at < 4; at++) {
        int status;
        save_version(1);
        const pid_t child = fork();
        if (child == 0) {
            renames_left = at / 2;
            killed_after = at % 2;
            save_version(2);
            _exit(0);
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert(WIFSIGNALED(status));
        sard_model *model = load("m.onnx");
        const sard_graph *graph = sard_model_graph(model);
        float inside, data; /* constants may have any address */
        memcpy(&inside, sard_value_constant(sard_graph_output(graph, 0))->data, sizeof inside);
        memcpy(&data, sard_value_constant(sard_graph_output(graph, 1))->data, sizeof data);
        ck_assert_float_eq(inside, at == 3 ? 2 : 1);
        ck_assert_float_eq(data, inside);
        sard_model_free(model);
    }
}
END_TEST

START_TEST(data_of_another_model_stays)
{
    save_constants("m.onnx");
    ck_assert_int_eq(rename(file("m.onnx"), file("other.onnx")), 0);
    sard_model *model = load("other.onnx");
    ck_assert_int_eq(sard_model_save(model, file("m.onnx"), &outside, &error), SARD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, "m.onnx.data: holds data of the model"));
    ck_assert_int_eq(sard_model_save(model, file("m.onnx.data"), NULL, &error), SARD_ARGUMENT);
    ck_assert_int_eq(size_of("m.onnx"), -1);
    ck_assert_int_eq(sard_model_save(model, file("m.onnx"), NULL, &error), SARD_OK);
    sard_model_free(model);
    check_constants("other.onnx");
    ck_assert_int_eq(rename(file("m.onnx"), file("a.onnx.data")), 0);
    model = load("a.onnx.data");
    ck_assert_int_eq(sard_model_save(model, file("a.onnx"), &outside, &error), SARD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, "a.onnx.data: holds data"));
    sard_model_free(model);
}
END_TEST

START_TEST(after_a_failure_both_files_are_the_old_ones)
{
    save_constants("m.onnx");
    sard_graph *g = constants();
    ck_assert_int_eq(mkdir(file("d.onnx.data"), 0700), 0);
    ck_assert_int_eq(sard_graph_save(g, file("d.onnx"), &outside, &error), SARD_IO);
    ck_assert_ptr_nonnull(strstr(error.text, "d.onnx.data: cannot be written"));
    ck_assert_int_eq(size_of("d.onnx"), -1);
    ck_assert_int_eq(rmdir(file("d.onnx.data")), 0);
    ck_assert_int_eq(symlink("/dev/full", file("f.onnx.data")), 0);
    ck_assert_int_eq(sard_graph_save(g, file("f.onnx"), &outside, &error), SARD_IO);
    ck_assert_int_eq(size_of("f.onnx"), -1);
    ck_assert_int_eq(unlink(file("f.onnx.data")), 0);
    signal(SIGXFSZ, SIG_IGN); /* a disk that is full after 8 KiB */
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){8192, 8192}), 0);
    ck_assert_int_eq(sard_graph_save(g, file("m.onnx"), &outside, &error), SARD_IO);
    ck_assert_ptr_nonnull(strstr(error.text, "m.onnx.1.data: cannot be written"));
    ck_assert_int_eq(sard_graph_save(g, file("m.onnx"), NULL, &error), SARD_IO);
    ck_assert_ptr_nonnull(strstr(error.text, "m.onnx: cannot be written"));
    sard_graph_free(g);
    check_constants("m.onnx");
    char command[128];
    snprintf(command, sizeof command, "test $(ls '%s' | wc -l) = 2", folder); /* nothing half written is left */
    ck_assert_int_eq(system(command), 0);
}
END_TEST

/* Products are written without being made in memory, with the same bits. */
START_TEST(products_are_written_as_they_are_read)
{
    static double factors[1500];
    sard_graph *g;
    ck_assert_int_eq(sard_graph_new(context, "g", &g, &error), SARD_OK);
    const sard_tensor sources[] = {{.dtype = SARD_F32, .rank = 2, .dims = {1500, 2}, .data = large[0], .bytes = 12000},
                                   {.dtype = SARD_F32, .rank = 2, .dims = {2, 1500}, .data = large[0], .bytes = 12000}};
    for (int i = 0; i < 1500; i++)
        factors[i] = 1.0 / (i + 3);
    for (size_t i = 0; i < 2; i++)
        ck_assert(sard_graph_add_output(g, sard_graph_add_scaled(g, "w", &sources[i], factors)));
    ck_assert_int_eq(sard_graph_save(g, file("m.onnx"), &outside, &error), SARD_OK);
    sard_model *model = load("m.onnx");
    for (size_t i = 0; i < 2; i++) {
        const sard_tensor *got = sard_value_constant(sard_graph_output(sard_model_graph(model), i));
        ck_assert_mem_eq(got->data, sard_value_constant(sard_graph_output(g, i))->data, 12000);
        ck_assert_float_eq(((const float *)got->data)[2999], i ? 2999.0f / 4 : (float)(2999.0 / 1502));
    }
    sard_model_free(model);
    sard_graph_free(g);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("export data");
    TCase *c = tcase_create("export data");
    tcase_add_checked_fixture(c, start, end);
    tcase_add_test(c, large_constants_go_outside);
    tcase_add_test(c, nothing_large_is_no_second_file);
    tcase_add_test(c, a_model_replaces_itself_and_its_data);
    tcase_add_test(c, files_keep_their_modes_and_links);
    tcase_add_test(c, a_killed_save_mixes_nothing);
    tcase_add_test(c, data_of_another_model_stays);
    tcase_add_test(c, after_a_failure_both_files_are_the_old_ones);
    tcase_add_test(c, products_are_written_as_they_are_read);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
