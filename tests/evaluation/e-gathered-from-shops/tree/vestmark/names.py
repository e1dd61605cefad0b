NAMES = """anorak blazer blouse boots cardigan coat dress dungarees gilet gloves hat hoodie jacket jeans jumper parka polo
raincoat sandals scarf shirt shorts skirt socks tights trousers""".split()
