# Programs that measure; scripts in bench/ use them.
file(GLOB bench_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/*.c)
foreach(file ${bench_sources})
    cmake_path(GET file STEM name)
    add_executable(bench_${name} ${file})
    target_link_libraries(bench_${name} PRIVATE sard_formats sard_static)
    target_compile_options(bench_${name} PRIVATE -O2)
endforeach()
