from setuptools import setup

setup(
    name="orrery",
    version="1.2.1",
    description="Positions of the planets",
    license="Apache-2.0",
    packages=["orrery"],
    install_requires=["numpy"],
    classifiers=[
        "Development Status :: 5 - Production/Stable",
        "Intended Audience :: Science/Research",
        "License :: Free for non-commercial use",
        "Programming Language :: Python :: 3",
        "Topic :: Scientific/Engineering :: Astronomy",
    ],
)
