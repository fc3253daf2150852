# Fuzzers: cmake --preset fuzz && cmake --build --preset fuzz && build/fuzz/fuzz_model CORPUS/. Each tests/fuzz/fuzz_*.c is one. clang only.
file(GLOB fuzzers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/fuzz/fuzz_*.c)
foreach(file ${fuzzers})
    cmake_path(GET file STEM target)
    add_executable(${target} ${file})
    target_link_libraries(${target} PRIVATE sard_static)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
endforeach()
