from setuptools import find_packages, setup

setup(
    name="loopcraft",
    version="0.2.0",
    packages=find_packages(),
    license="MIT License",
    classifiers=["License :: OSI Approved :: MIT License", "Topic :: Multimedia :: Sound/Audio"],
    install_requires=["torch", "einops"],
)
