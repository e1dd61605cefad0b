from setuptools import setup

setup(name="paddock", version="2.2", packages=["paddock"], package_data={"paddock": ["data/*"]}, license="MIT")
