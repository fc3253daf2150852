# Headers, libraries, command; sard.pc and sard-config.cmake for those who build against them.
include(CMakePackageConfigHelpers)

set(targets sard_static sard_shared)
set(packages sard)
if(SARD_IMAGE)
    list(APPEND targets sard_image_static sard_image_shared)
    list(APPEND packages sard_image)
    set(without)
else()
    set(without PATTERN image.h EXCLUDE)
endif()
install(TARGETS ${targets} EXPORT sard-targets)
if(SARD_COMMAND)
    install(TARGETS sard)
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/sard DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} ${without})

# The .pc files find their prefix from their own place, so that cmake --install --prefix works.
file(RELATIVE_PATH prefix_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
foreach(name ${packages})
    configure_file(${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/sard)
install(EXPORT sard-targets NAMESPACE sard:: DESTINATION ${config_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/sard-config.cmake.in ${PROJECT_BINARY_DIR}/sard-config.cmake
    INSTALL_DESTINATION ${config_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/sard-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/sard-config.cmake ${PROJECT_BINARY_DIR}/sard-config-version.cmake DESTINATION ${config_dir})
